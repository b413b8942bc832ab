"""Tables and renewed pages."""

import pytest

from hydrophone_report.markdown import renewed, table

BEGIN, END = "<!-- figures -->", "<!-- end -->"


def test_columns_are_aligned():
    lines = table([["what", "n"], ["a", "1"], ["longer", "1,000"]]).splitlines()
    assert lines == [
        "| what   |     n |",
        "|--------|------:|",
        "| a      |     1 |",
        "| longer | 1,000 |",
    ]


def test_words_stand_to_the_left():
    lines = table([["what", "why"], ["a", "so"]], words=True).splitlines()
    assert lines == ["| what | why |", "|------|-----|", "| a    | so  |"]


def test_a_page_keeps_its_words():
    page = f"before\n{BEGIN}\nstale figures\n{END}\nafter\n"
    text = renewed(page, "fresh", begin=BEGIN, end=END)
    assert text == f"before\n{BEGIN}\n\nfresh\n\n{END}\nafter\n"
    assert renewed(text, "fresh", begin=BEGIN, end=END) == text


@pytest.mark.parametrize("page", ["no marks", f"only {BEGIN}", f"{END} before {BEGIN}"])
def test_a_page_without_its_marks_is_refused(page: str):
    with pytest.raises(ValueError, match="it lacks the lines <!-- figures --> and <!-- end -->"):
        renewed(page, "fresh", begin=BEGIN, end=END)
