"""Escaping of names from files for a terminal."""


def printable(text: str) -> str:
    r"""The text on one line: what does no more than print stays, all else is escaped.

    So a name neither ends the line nor colours the terminal: ``\x1b[31m`` is shown as those
    letters. Files get names as they are.
    """
    if text.isprintable():
        return text
    return "".join(
        letter if letter.isprintable() else letter.encode("unicode_escape").decode()
        for letter in text
    )
