"""What a check says when a file is not to be taken."""


class Bad(Exception):
    """`code` is a key of `reasons.REASONS` or of the asker's own; `fault` is for the log."""

    def __init__(self, code: str, fault: str = "") -> None:
        super().__init__(code)
        self.code = code
        self.fault = fault
