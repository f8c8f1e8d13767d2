"""What can be asked, and how many bytes each answer may have."""

SHEETS_BYTES = 10 * 1024 * 1024
"""How much text, written as JSON, the sheets of one file may hold."""
ANSWER_BYTES = {"type": 4096, "sheets": SHEETS_BYTES + 64 * 1024}
