"""Kabupaten and kota as people write them, found by code or by name. Pure: the list is handed in."""

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches

from regions import codes

_WORDS = {"kab": "kabupaten", "adm": "administrasi", "prov": "provinsi", "propinsi": "provinsi", "kep": "kepulauan"}
_PROVINCES = {
    "dkijakarta": "daerahkhususibukotajakarta",
    "jakarta": "daerahkhususibukotajakarta",
    "daerahkhususjakarta": "daerahkhususibukotajakarta",
    "diyogyakarta": "daerahistimewayogyakarta",
    "diy": "daerahistimewayogyakarta",
    "yogyakarta": "daerahistimewayogyakarta",
    "bangkabelitung": "kepulauanbangkabelitung",
    "babel": "kepulauanbangkabelitung",
    "ntb": "nusatenggarabarat",
    "ntt": "nusatenggaratimur",
    "nad": "aceh",
}
_ALIKE = 0.72  # how much two names must share for one to be offered for the other, 0..1


class Unknown(Exception):
    """No such place. `field` is region_code, region or province; `str()` says why and what to do, in Indonesian."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(reason)
        self.field = field


@dataclass(frozen=True, slots=True)
class Place:
    """A kabupaten or kota: '64.71', 'Kota Balikpapan'."""

    code: str
    name: str


def squeezed(text: str) -> str:
    """A name without case, spaces and signs, its short words written out.

    >>> squeezed("Kab. Kutai  Kartanegara"), squeezed("KOTA Banjarbaru")
    ('kabupatenkutaikartanegara', 'kotabanjarbaru')
    """
    return "".join(_WORDS.get(word, word) for word in re.findall(r"\w+", text.casefold()))


class Gazetteer:
    """Finds the kabupaten or kota that a row means. `rows`: (code, name) of provinces and kabupaten/kota."""

    def __init__(self, rows: Iterable[tuple[str, str]]) -> None:
        self._places: dict[str, Place] = {}
        self._provinces: dict[str, str] = {}
        for code, name in rows:
            if codes.level(code) == 1:
                self._provinces[code] = name
            else:
                self._places[code] = Place(code, name)
        self._named: dict[str, list[Place]] = defaultdict(list)
        for place in self._places.values():
            full = squeezed(place.name)
            for name in {full, re.sub("^(kabupaten|kota)(administrasi)?", "", full)}:
                self._named[name].append(place)
        self._province_codes = {squeezed(name): code for code, name in self._provinces.items()}
        self._offers: dict[str, str] = {}

    def find(self, code: str, name: str, province: str) -> Place:
        """The one place that code, name and province agree on; at least code or name must be given. Raises Unknown."""
        inside = self._province(province) if province else ""
        place = self._by_code(code) if code else self._by_name(name, inside)
        if code and name and place not in self._named.get(squeezed(name), ()):
            raise Unknown(
                "region",
                f"Kode {place.code} adalah {place.name}, bukan “{_short(name)}”. Perbaiki salah satunya, "
                "atau kosongkan kodenya.",
            )
        if inside and codes.parent(place.code) != inside:
            raise Unknown(
                "province",
                f"{place.name} berada di {self._provinces.get(codes.parent(place.code), 'provinsi lain')}. "
                "Perbaiki provinsi atau daerahnya.",
            )
        return place

    def _by_code(self, text: str) -> Place:
        code = codes.typed(text) or ""
        if code in self._places:
            return self._places[code]
        if code in self._provinces:
            raise Unknown("region_code", f"Kode {code} adalah provinsi. Tulis kode kabupaten/kota, misalnya 64.71.")
        offered = self._places.get(f"{code}0")
        hint = f" Mungkin {offered.code} ({offered.name})?" if offered else ""
        raise Unknown(
            "region_code",
            f"Kode “{_short(text)}” tidak dikenal.{hint} Tulis kode Kemendagri kabupaten/kota, misalnya 64.71, "
            "dengan kolom berformat teks.",
        )

    def _by_name(self, text: str, province: str) -> Place:
        found = self._named.get(squeezed(text), [])
        if len(found) > 1:
            inside = [place for place in found if codes.parent(place.code) == province]
            if len(inside) == 1:
                return inside[0]
            which = " atau ".join(f"“{place.name}”" for place in found)
            raise Unknown("region", f"“{_short(text)}” dapat berarti {which}. Tulis nama lengkapnya.")
        if found:
            return found[0]
        hint = self._offer(squeezed(text), {name: places[0].name for name, places in self._named.items()})
        raise Unknown("region", f"Daerah “{_short(text)}” tidak dikenal.{hint} Tulis nama resminya atau kodenya.")

    def _province(self, text: str) -> str:
        name = squeezed(text).removeprefix("provinsi")
        code = self._province_codes.get(_PROVINCES.get(name, name))
        if code is None:
            hint = self._offer(name, {squeezed(known): known for known in self._provinces.values()})
            raise Unknown("province", f"Provinsi “{_short(text)}” tidak dikenal.{hint} Kosongkan bila tidak pasti.")
        return code

    def _offer(self, name: str, known: dict[str, str]) -> str:
        """' Mungkin “Kota Balikpapan”?' or nothing. Kept, because the same slip comes in many rows."""
        if name not in self._offers:
            alike = get_close_matches(name[:60], known, n=3, cutoff=_ALIKE)
            names = list(dict.fromkeys(known[each] for each in alike))
            self._offers[name] = f" Mungkin {' atau '.join(f'“{each}”' for each in names)}?" if names else ""
        return self._offers[name]


def _short(text: str) -> str:
    return text if len(text) <= 60 else text[:59] + "…"
