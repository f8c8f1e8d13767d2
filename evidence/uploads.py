"""How the bytes of a form reach the portal: onto the disk, bounded, never into memory whole.

Named in settings.FILE_UPLOAD_HANDLERS. A file over the limit is dropped while it arrives; the request then carries
`too_large`, and `require_within_limit` turns that into TooLarge, which is answered with 413.
"""

from typing import Any

from django.conf import settings
from django.core.files.uploadhandler import StopUpload, TemporaryFileUploadHandler
from django.http import HttpRequest

from evidence.refusals import TooLarge


class BoundedUpload(TemporaryFileUploadHandler):
    """Writes each file to settings.FILE_UPLOAD_TEMP_DIR and stops at settings.EVIDENCE_MAX_BYTES.

    The rest of a form of up to twice the limit is read and thrown away, because a browser shows our answer only when
    it could send its whole form. Of a longer one nothing more is read. Fields behind the file are lost then, so a form
    has its file input last. The cut file is removed by Django, which knows the upload as interrupted.
    """

    announced = 0

    def handle_raw_input(
        self,
        input_data: Any,
        META: dict[str, Any],
        content_length: int,
        boundary: Any,
        encoding: str | None = None,
    ) -> None:
        self.announced = content_length

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        super().new_file(*args, **kwargs)
        self.received = 0

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        limit = settings.EVIDENCE_MAX_BYTES
        self.received += len(raw_data)
        if self.received > limit:
            if self.request is not None:
                self.request.too_large = TooLarge(limit)  # type: ignore[attr-defined]
            raise StopUpload(connection_reset=self.announced > 2 * limit)
        super().receive_data_chunk(raw_data, start)


def require_within_limit(request: HttpRequest) -> None:
    """Raises TooLarge when a file of this request was cut off. To be called before the form is looked at."""
    request.FILES  # noqa: B018  reading it is what makes the files arrive
    fault = getattr(request, "too_large", None)
    if fault is not None:
        raise fault
