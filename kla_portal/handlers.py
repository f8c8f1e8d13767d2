"""What stands between the server and the middleware."""

from typing import Any

from django.core.handlers.wsgi import WSGIHandler, WSGIRequest


class Request(WSGIRequest):
    """A request whose Content-Type may be beyond reading; then `unreadable` is true and the type is empty.

    Django reads that header before any middleware runs, and a parameter in an unknown or broken encoding
    (`name*=klingon''x`) would end in a fault of the server. `PlainRefusals` answers it with 400.
    """

    unreadable = False

    def _set_content_type_params(self, meta: dict[str, Any]) -> None:
        try:
            super()._set_content_type_params(meta)  # type: ignore[misc]  # the stubs leave it out
        except ValueError:
            self.content_type, self.content_params, self.unreadable = "", {}, True


class Handler(WSGIHandler):
    request_class = Request
