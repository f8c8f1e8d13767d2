"""A revision as the evidence card shows it (templates/components/evidence_card.html)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from evidence.enums import FileState, LinkState
from evidence.formats import size_text, type_label
from evidence.models import EvidenceRevision, StoredFile

_TONES = {
    FileState.CLEAN: "good",
    FileState.RECEIVED: "info",
    FileState.INSPECTED: "attention",
    FileState.QUARANTINED: "loss",
}
_LINK_TONES = {
    LinkState.UNCHECKED: "neutral",
    LinkState.ALIVE: "good",
    LinkState.BROKEN: "loss",
    LinkState.BLOCKED: "neutral",
}


@dataclass(frozen=True)
class Card:
    title: str
    kind_label: str
    name: str
    size_text: str
    type_label: str
    state_label: str
    state_tone: str
    personal_data: bool
    url: str
    is_link: bool
    added_by: str
    added_at: datetime
    remove_url: str
    view_url: str = ""
    advice: str = ""
    item_url: str = ""
    hint: str = ""
    hint_url: str = ""
    mend_url: str = ""
    warnings: tuple[Any, ...] = ()
    link_note: str = ""
    link_checked_at: datetime | None = None
    source_url: str = ""
    source_label: str = ""
    source_tone: str = ""
    check_url: str = ""
    copy_url: str = ""


PURGED = "Berkasnya sudah dihapus dari penyimpanan; judul, sidik jari, dan putusan tetap tercatat."


def advice(file: StoredFile | None) -> str:
    """What the state of a file means for whoever put it there; '' where nothing is to be said."""
    if file is None or (file.state == FileState.CLEAN and file.scanner):
        return ""
    return {
        FileState.CLEAN: "Diperiksa jenis dan isinya, tanpa pemindai virus.",
        FileState.QUARANTINED: (
            f"Pemindai virus menemukan {file.finding}. Berkas disegel, tidak dapat dibuka siapa pun, dan tidak "
            "dihitung sebagai bukti. Lepas atau hapus berkas ini, lalu unggah versi yang bersih."
        ),
    }.get(FileState(file.state), "Berkas dapat dibuka setelah dipindai; biasanya kurang dari satu menit.")


def card(
    revision: EvidenceRevision, *, url: str, view_url: str = "", remove_url: str = "", closed: bool = False
) -> Card:
    """`url` is where the portal hands out the file, `view_url` where its pages are shown; a link shows its own address
    instead. Only a clean file has either. Of a card that is closed to its reader (personal data) kind and size remain,
    neither title nor name nor address. A file that is a copy of a link tells its `source_url` besides.

    Touches item, file and created_by: fetch revisions with `select_related("item", "file", "created_by")`.
    """
    item, file = revision.item, revision.file
    link, purged = LinkState(revision.link_state), revision.purged_at is not None
    handed_out = file is not None and file.state == FileState.CLEAN and not closed
    return Card(
        title=f"{item.get_kind_display()} (tertutup: data pribadi)" if closed else item.title,
        kind_label=item.get_kind_display(),
        name="" if closed else revision.original_name or revision.url,
        size_text=size_text(file.size) if file else "",
        type_label=type_label(file.mime) if file else "Berkas" if purged else "Tautan",
        state_label=FileState(file.state).label if file else "Dihapus dari penyimpanan" if purged else link.label,
        state_tone=_TONES[FileState(file.state)] if file else "neutral" if purged else _LINK_TONES[link],
        personal_data=item.personal_data,
        url=url if handed_out else "" if file or closed else revision.url,
        is_link=file is None and not purged,
        added_by=str(revision.created_by),
        added_at=revision.created_at,
        remove_url=remove_url,
        view_url=view_url if handed_out and file and file.pages else "",
        advice=PURGED if purged else advice(file),
        link_note=revision.link_note if revision.url and not closed else "",
        link_checked_at=revision.link_checked_at if revision.url else None,
        source_url=revision.url if file and not closed else "",
        source_label=link.label,
        source_tone=_LINK_TONES[link],
    )
