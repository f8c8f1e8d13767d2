"""Addresses kept as evidence."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evidence.links import checked_url
from evidence.refusals import Refused

GOOD = [
    "https://jdih.balikpapan.go.id/produk-hukum?no=12&th=2025#pasal-4",
    "http://dinkes.kaltimprov.go.id/",
    "https://drive.google.com/file/d/1AbC/view?usp=sharing",
    "https://www.youtube.com/watch?v=abc",
    "https://1.1.1.1/berkas",
    "https://8.8.8.8:8443/a",
    "https://[2606:4700::1111]/",
]
BAD = {
    "link_form": [
        "", "bukti", "ftp://a.go.id/x", "javascript:alert(1)", "data:text/html,a", "file:///etc/passwd", "//a.go.id/x",
        "https://", "https:///x", "https://a b.go.id", "https://a.go.id/\r\nX: y", "https://a.go.id:99999/", "https://[::1",
        'https://a.go.id/"onclick="x', "https://a.go.id/<script>", "https://a.go.id\\@b.go.id", "mailto:a@b.go.id",
        "https://-a.go.id/", "https://a..go.id/",
    ],
    "link_credentials": ["https://budi:rahasia@a.go.id/", "https://budi@a.go.id/", "https://a.go.id@evil.com/"],
    "link_private": [
        "http://localhost/", "http://localhost:8000/admin", "http://127.0.0.1/", "http://127.1/", "http://2130706433/",
        "http://0x7f.0.0.1/", "http://0x7f000001/", "http://10.0.0.5/", "http://192.168.1.10/a.pdf", "http://172.16.3.4/",
        "http://169.254.169.254/latest/meta-data/", "http://[::1]/", "http://[::ffff:127.0.0.1]/", "http://[fe80::1]/",
        "http://[fd00::1]/", "http://0.0.0.0/", "http://100.64.0.1/", "http://224.0.0.1/", "http://nas/berkas",
        "http://server.local/", "http://portal.intranet/", "http://a.localhost/", "http://LOCALHOST./", "http://db.internal/",
    ],
    "link_length": ["https://a.go.id/" + "x" * 500],
}  # fmt: skip


@pytest.mark.parametrize("url", GOOD)
def test_public_addresses_are_kept_as_they_are(url: str) -> None:
    assert checked_url(f" {url}\n") == url


@pytest.mark.parametrize(("code", "url"), [(code, url) for code, urls in BAD.items() for url in urls])
def test_others_are_refused_with_the_reason(code: str, url: str) -> None:
    with pytest.raises(Refused) as refusal:
        checked_url(url)
    assert refusal.value.code == code


@given(st.text(max_size=80) | st.builds("http{}".format, st.text(max_size=80)))
def test_any_text_is_kept_or_refused(text: str) -> None:
    try:
        url = checked_url(text)
    except Refused:
        return
    assert url.lower().startswith(("http://", "https://"))
