"""What can be asked, how many bytes each answer may have, and how much of the processor it may take."""

SHEETS_BYTES = 10 * 1024 * 1024
"""How much text, written as JSON, the sheets of one file may hold."""
ANSWER_BYTES = {
    "type": 4096,
    "sheets": SHEETS_BYTES + 64 * 1024,
    "copy": 80 * 1024 * 1024,
    "page": 8 * 1024 * 1024,
}
CPU_SECONDS = {"type": 20, "sheets": 20, "copy": 20, "page": 8}
PAGE_WIDTH, PAGE_HEIGHT = 1000, 4000
"""Pixels that a drawn page has at most. As wide as it may be, unless it is more than four times as high as wide."""
