"""Numbers as Indonesian officials read them: comma for decimals, point for thousands."""

from decimal import ROUND_HALF_UP, Decimal


def decimal_text(value: Decimal | int | float | str, places: int = 2) -> str:
    """Rounded half up to `places` and written the Indonesian way.

    >>> decimal_text(Decimal("1234.565")), decimal_text(70, 0), decimal_text(Decimal("-0.5"), 0)
    ('1.234,57', '70', '-1')
    """
    exact = Decimal(str(value)).quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP)
    return f"{exact:,}".translate(str.maketrans(",.", ".,"))


def points_text(value: Decimal | int) -> str:
    """Points, always with two decimals: '83,50'.

    >>> points_text(Decimal("83.5"))
    '83,50'
    """
    return decimal_text(value, 2)


def plain_text(value: Decimal | int | str) -> str:
    """As many decimals as the number has: '12,5', '70'.

    >>> plain_text(Decimal("12.50")), plain_text(Decimal("70.0")), plain_text(1500)
    ('12,5', '70', '1.500')
    """
    exact = Decimal(str(value)).normalize()
    return decimal_text(exact, max(0, -int(exact.as_tuple().exponent)))
