"""How the bytes of a form reach the portal: onto the disk, bounded, never into memory whole.

Named in settings.FILE_UPLOAD_HANDLERS. A file over the limit, or one for which the disk has no room, is dropped while
it arrives; the request carries the reason, and `require_within_limit` raises it. TooLarge is answered with 413.
"""

import errno
from typing import Any, NoReturn

from django.conf import settings
from django.core.files.uploadhandler import StopUpload, TemporaryFileUploadHandler
from django.http import HttpRequest

from evidence.refusals import Refused, TooLarge
from evidence.space import require_room


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
        try:
            require_room(self.announced)
        except Refused as fault:
            self._stop(fault)
        super().new_file(*args, **kwargs)
        self.received = 0

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        limit = settings.EVIDENCE_MAX_BYTES
        self.received += len(raw_data)
        if self.received > limit:
            self._stop(TooLarge(limit))
        try:
            super().receive_data_chunk(raw_data, start)
        except OSError as fault:
            if fault.errno not in {errno.ENOSPC, errno.EDQUOT}:
                raise
            self._stop(Refused("no_space"))

    def _stop(self, fault: Refused) -> NoReturn:
        if self.request is not None:
            self.request.upload_fault = fault  # type: ignore[attr-defined]
        raise StopUpload(connection_reset=self.announced > 2 * settings.EVIDENCE_MAX_BYTES)


def require_within_limit(request: HttpRequest) -> None:
    """Raises Refused when a file of this request was cut off: TooLarge above the limit, "no_space" on a full disk.

    To be called before the form is looked at, which would only miss its file.
    """
    request.FILES  # noqa: B018  reading it is what makes the files arrive
    fault = getattr(request, "upload_fault", None)
    if fault is not None:
        raise fault
