"""Who may do what to an instrument. Reading is `visible_to`; changing, before it is published, for national admins."""

from typing import Any

from clusters.enums import Granularity, InstrumentState
from clusters.models import Instrument, Mapping
from kla_portal.lib.decision import ALLOW, Decision, deny

PUBLISHED = "Versi yang sudah terbit tidak dapat diubah. Perbaikan dibuat sebagai versi baru."


def can_create_instrument(user: Any) -> Decision:
    """National admins alone, also for a new version, a correction and an import."""
    if user.acts_as("national_admin"):
        return ALLOW
    return deny("Instrumen hanya disusun dan diubah oleh admin nasional.")


def can_edit_instrument(user: Any, instrument: Instrument) -> Decision:
    """A version that is not published; an edit of a checked one makes it a draft again."""
    if instrument.state == InstrumentState.PUBLISHED:
        return deny(PUBLISHED)
    return can_create_instrument(user)


def can_edit_questions(user: Any, instrument: Instrument) -> Decision:
    """As editing; an instrument that goes no deeper than its clusters has no indicators and questions."""
    if instrument.granularity != Granularity.QUESTIONS:
        return deny("Instrumen ini hanya sampai klaster, tanpa indikator dan pertanyaan.")
    return can_edit_instrument(user, instrument)


def can_check(user: Any, instrument: Instrument) -> Decision:
    """A draft. What is checked already waits for its second person."""
    if instrument.state == InstrumentState.CHECKED:
        return deny("Draf ini sudah diperiksa dan menunggu diterbitkan oleh admin nasional lain.")
    return can_edit_instrument(user, instrument)


def can_publish(user: Any, instrument: Instrument) -> Decision:
    """What has been checked, by somebody other than the person who checked it."""
    decision = can_edit_instrument(user, instrument)
    if not decision:
        return decision
    if instrument.state != InstrumentState.CHECKED:
        return deny("Draf ini belum diperiksa, atau berubah sesudah diperiksa. Periksa dahulu.")
    if instrument.checked_by_id == user.pk:
        return deny("Anda yang memeriksa draf ini. Penerbitan memerlukan orang kedua: mintalah admin nasional lain.")
    return ALLOW


def can_make_version(user: Any, source: Instrument) -> Decision:
    """Of what is published: a draft is edited itself."""
    if source.state != InstrumentState.PUBLISHED:
        return deny("Versi baru dibuat dari versi yang sudah terbit; draf diubah langsung.")
    return can_create_instrument(user)


def can_edit_mapping(user: Any, mapping: Mapping) -> Decision:
    """As long as the version that it leads to is not published."""
    if mapping.target.state == InstrumentState.PUBLISHED:
        return deny("Versi tujuan sudah terbit; pemetaannya tidak dapat diubah lagi.")
    return can_create_instrument(user)
