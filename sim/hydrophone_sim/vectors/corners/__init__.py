"""Labelled corners: for each block the events that show what random ones seldom reach.

What a label says is checked when vectors are written: a section whose outputs do not show it is
left out, and the manifest says so.
"""
