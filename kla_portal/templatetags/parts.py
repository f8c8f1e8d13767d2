"""What the components need beyond plain template language."""

from django import template
from django.middleware.csrf import get_token
from django.template.context import Context
from django.utils.html import format_html
from django.utils.safestring import SafeString

register = template.Library()


@register.simple_tag(takes_context=True)
def csrf_field(context: Context) -> SafeString:
    """The hidden CSRF field, also inside `{% include … only %}`, where `{% csrf_token %}` stays empty."""
    request = getattr(context, "request", None)
    if request is None:
        return SafeString("")
    return format_html('<input type="hidden" name="csrfmiddlewaretoken" value="{}">', get_token(request))
