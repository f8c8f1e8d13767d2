"""What every form's view needs."""

from django.http import HttpRequest, QueryDict


def posted(request: HttpRequest) -> QueryDict | None:
    """What a form was sent with; an empty form that was sent is still a sent form."""
    return request.POST if request.method == "POST" else None
