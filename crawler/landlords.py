"""What a page says of its advertiser in, a ``Landlord`` with its type and all evidence out; never a forced guess."""

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from urllib.parse import urlsplit

from stdnum import get_cc_module

from testing.study.listing import Company, Evidence, Landlord, LandlordType

REGISTRY = Path(__file__).parent / "portals" / "providers.toml"
_T = LandlordType

# Rung 5: words in the advertiser's name. The order matters: a social rental agency is called an agency too.
_LEXICON: tuple[tuple[LandlordType, re.Pattern[str]], ...] = tuple(
    (kind, re.compile(pattern, re.IGNORECASE))
    for kind, pattern in (
        (_T.SOCIAL_RENTAL_AGENCY, r"\bSVK\b|\bAIS\b|sociaal (verhuur|woon)kantoor|agence immobili[eè]re sociale"),
        (_T.SOCIAL_HOUSING_COMPANY,
         r"huisvestingsmaatschappij|woonmaatschappij|soci[eé]t[eé] de logement|habitation sociale|\bHLM\b|sociale huisvesting|wohnungsbaugesellschaft|"
         r"wohnungsgenossenschaft|woningcorporatie|housing association|\bTBS\b"),
        (_T.NOTARY, r"\bnotari(s|ssen|aat|um)?\b|\bnotaire|\bnotar(iat)?\b"),
        (_T.PROPERTY_MANAGER, r"\bsyndic|hausverwaltung|property management|zarządz"),
        (_T.DEVELOPER, r"projectontwikkel|promot(eur|or)\b|bauträger|deweloper"),
        (_T.AGENCY,
         r"\bimmo(\b|bil|scoop|kantoor|office)|immobili|vastgoed|makela|makelaardij|\bagence\b|real ?estate|estate agent|\bera\b|century ?21|"
         r"re/?max|nieruchomo|lettings?\b|\bproperties\b|\bproperty\b|realt(y|or)|trevi\b|dewaele|engel & v[öo]lkers|von poll"),
    )
)  # fmt: skip
# Rung 6: cues in prose. Agencies write them too, so they decide only where nothing else does.
_CUES: tuple[tuple[LandlordType, re.Pattern[str]], ...] = (
    (_T.PRIVATE, re.compile(
        r"\b(van|door) particulier\b|zonder makelaar|sans agence|(de|par|entre) particuliers?\b|von privat\b|ohne makler|"
        r"bez (prowizji|pośredników)|bezpośrednio od właściciela|private landlord|no agency fees?", re.IGNORECASE)),
    (_T.FLATMATE, re.compile(
        r"\bWG[- ]Zimmer|\bZimmer in (einer )?(\d-?er[- ]?|netter |unserer )?WG\b|\bZimmer in \d[- ]Zimmer|"
        r"\b(medehuurder|colocataire|mitbewohner(in)?|flatmate|housemate)s? (gezocht|recherch|gesucht|wanted)", re.IGNORECASE)),
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Advertiser:
    """What one page says of who advertises, each with the place where it stands."""

    country: str | None = None
    url: str = ""
    flag: LandlordType | None = None
    """The portal's explicit flag."""
    flag_source: str = ""
    flag_quote: str = ""
    name: str | None = None
    name_source: str = ""
    licence_no: str | None = None
    licence_source: str = ""
    company_no: str | None = None
    company_source: str = ""
    email: str | None = None
    prose: str = ""
    """Title and description, for cues."""
    default: LandlordType | None = None
    """The portal's only landlord type, if it has one."""
    portal: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Provider:
    """A known provider of dwellings."""

    name: str
    type: LandlordType
    country: str | None = None
    """Where its names mean this provider; None is everywhere."""
    domains: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    company_nos: tuple[str, ...] = ()


def landlord(seen: Advertiser, *, keep_private_names: bool = False) -> Landlord:
    """The landlord with its type by the strongest evidence, all evidence kept.

    A company number alone names no type: an owner may be a company too. It serves the registry and keys.

    Args:
        seen: what the page says.
        keep_private_names: keep the printed name of a private owner.
    """
    evidence = tuple(sorted(_evidence(seen), key=lambda piece: piece.rung))
    kind = evidence[0].says if evidence else _T.UNKNOWN
    # A name that the registry knows is a platform's, not a person's.
    known = bool(evidence) and evidence[0].rung == 1
    private = kind in (_T.PRIVATE, _T.FLATMATE) and not known and not keep_private_names
    return Landlord(
        type=kind,
        evidence=evidence if kind is not _T.UNKNOWN else (),
        name=None if private else seen.name,
        licence_no=licence(seen.licence_no, seen.country),
        company_no=company(seen.company_no, seen.country),
        email=_address(seen.email) or None,
    )


def with_register(known: Landlord, company: Company) -> Landlord:
    """The landlord with what the company register says of its number, on the first rung after a named provider.

    Args:
        known: as the page shows it.
        company: of its number.
    """
    quote = f"{company.number} {company.activity}"
    said = Evidence(rung=1, source=f"register:BE:{company.as_of}", says=company.says, quote=quote)
    evidence = tuple(sorted((*known.evidence, said), key=lambda piece: piece.rung))
    return replace(known, type=evidence[0].says, evidence=evidence)


def _evidence(seen: Advertiser) -> Iterator[Evidence]:
    yield from _registry(seen)
    if seen.flag is not None and seen.flag is not _T.UNKNOWN:
        yield Evidence(rung=2, source=seen.flag_source, says=seen.flag, quote=seen.flag_quote)
    number = licence(seen.licence_no, seen.country)
    if number:
        yield Evidence(rung=3, source=seen.licence_source, says=_T.AGENCY, quote=number)
    if seen.default is not None:
        yield Evidence(rung=4, source=f"portal:{seen.portal}", says=seen.default, quote=seen.default.value)
    for kind, pattern in _LEXICON if seen.name else ():
        if found := pattern.search(seen.name or ""):
            yield Evidence(rung=5, source=seen.name_source, says=kind, quote=found[0])
            break
    for kind, pattern in _CUES:
        if found := pattern.search(seen.prose):
            yield Evidence(rung=6, source="text", says=kind, quote=found[0])


def _address(email: str | None) -> str:
    """The bare mail address of a link to it."""
    return (email or "").removeprefix("mailto:").partition("?")[0]


def _registry(seen: Advertiser) -> Iterator[Evidence]:
    hosts = (urlsplit(seen.url).hostname or "", _address(seen.email).rpartition("@")[2].casefold())
    name = " ".join((seen.name or "").casefold().split())
    company_no = company(seen.company_no, seen.country)
    for provider in providers():
        for mark, hit in (
            (
                "domain",
                next((d for d in provider.domains for it in hosts if f".{it}".endswith(f".{d}")), None),
            ),
            ("company", company_no if company_no in provider.company_nos else None),
            ("name", name if name in provider.names and provider.country in (None, seen.country) else None),
        ):
            if hit:
                yield Evidence(
                    rung=1, source=f"registry:{mark}:{provider.name}", says=provider.type, quote=hit
                )
                return


@lru_cache(maxsize=1)
def providers() -> Sequence[Provider]:
    """The known providers of ``portals/providers.toml``."""
    rows: list[Mapping[str, object]] = tomllib.loads(REGISTRY.read_text("utf-8")).get("provider", [])
    return tuple(
        Provider(
            name=str(row["name"]),
            type=LandlordType(str(row["type"])),
            country=str(row["country"]) if "country" in row else None,
            domains=_texts(row, "domains"),
            names=tuple(name.casefold() for name in _texts(row, "names")),
            company_nos=_texts(row, "company_nos"),
        )
        for row in rows
    )


def _texts(row: Mapping[str, object], key: str) -> tuple[str, ...]:
    value = row.get(key, ())
    return tuple(str(item) for item in value) if isinstance(value, (list, tuple)) else ()


def licence(value: str | None, country: str | None) -> str | None:
    """A professional licence number in its bare form; in Belgium BIV/IPI, six digits, where it must have that form.

    >>> licence("IPI 507.206", "BE"), licence("12", "BE"), licence("002345", "IE")
    ('507206', None, '002345')
    """
    if not value:
        return None
    if country != "BE":
        return value.strip()[:40] if re.search(r"\d{3}", value) or re.fullmatch(r"[A-Z]+\d+", value) else None
    found = [re.sub(r"\D", "", part) for part in re.findall(r"\d[\d.\s]{4,8}\d", value)]
    numbers = [number for number in found if len(number) == 6]
    return "|".join(dict.fromkeys(numbers)) or None


_KINDS = {
    "BE": ("vat",),
    "FR": ("siret", "siren", "tva"),
    "NL": ("btw",),
    "DE": ("vat",),
    "PL": ("nip", "regon"),
    "GB": ("vat",),
}


def company(value: str | None, country: str | None) -> str | None:
    """A company number in its bare form where its check digits hold, else None.

    >>> company("BTW BE 0403.170.701", "BE"), company("BE 0403.170.702", "BE"), company("52919641200173", "FR")
    ('0403170701', None, '52919641200173')
    """
    if not value or not country:
        return None
    bare = re.sub(
        r"[^0-9A-Za-z]", "", re.sub(r"(?i)\b(btw|tva|vat|siret|siren|rcs|kbo|bce|nip)\b", "", value)
    )
    for kind in _KINDS.get(country, ()):
        module = get_cc_module(country.lower(), kind)
        if module is not None and module.is_valid(bare):
            return str(module.compact(bare))
    return None
