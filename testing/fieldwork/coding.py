"""Coding by rule: takes an answer's subject and text, gives a category of the codebook or leaves it open.

Blind: it sees neither arm nor name. What the phrases do not decide beyond doubt stays open for a person.
"""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from testing.fieldwork.own_words import own_words
from testing.study.outcome import POSITIVE, Category, Outcome

LANGUAGES = ("nl", "fr", "en")
COMMON = {
    "nl": "de het een en is niet u je ik we wij voor met van dat op aan nog om bent mag kan graag of bij als naar wat",
    "fr": "le la les un une et est pas vous je nous pour avec de du que à au ce il merci bonjour votre vos ne si en",
    "en": "the a an and is not you i we for with of to that on at it would are your have can be please if what this",
}
"""Frequent words that tell the three languages apart."""
DENIED = {
    "nl": re.compile(r"\b(?:niet|geen|nooit|onmogelijk)\b"),
    "fr": re.compile(r"\b(?:ne|pas|plus|aucune?|jamais|impossible)\b|\bn'"),
    "en": re.compile(r"\b(?:not|cannot|never|unable|impossible|no longer)\b|n't\b"),
}
"""Words that turn an offer in the same clause into its opposite."""
STILL_MEANT = re.compile(
    r"(?:aarzel|twijfel)\w* (?:zeker )?niet|niet (?:te )?(?:aarzelen|twijfelen)|n'h[eé]site[zr]? (?:surtout )?pas|"
    r"(?:do not|don't) hesitate|(?:geen|pas de|no) (?:probleem|problème|problem|souci)|not only|niet alleen|"
    r"pas seulement"
)
"""Denials that deny nothing."""
NOTHING_SAID = re.compile(r"^\W*$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Coded:
    """What the rules say of one text."""

    category: Category | None
    """None: open."""
    positive: bool | None
    automated: bool
    reason: str
    """The rule that decided with the words it found, or why it stays open."""


@dataclass(frozen=True, slots=True)
class Cues:
    """The cues of one text: for each name the words that were found."""

    found: Mapping[str, str]
    moment: str
    """A day with an hour, or a day that is asked about; empty where none is offered."""

    def has(self, *names: str) -> bool:
        """Whether any of some cues was found."""
        return any(name in self.found for name in names)


def coder_name() -> str:
    """Name under which codings by these rules are kept."""
    return f"rules/{_book()['version']}"


def code_text(subject: str, text: str, language: str | None = None, *, automatic: bool = False) -> Coded:
    """Code one answer.

    Args:
        subject: of the mail.
        text: of the mail, quotes included.
        language: nl, fr or en; None to tell from the words. In another, which the rules do not know, all but what a
            machine sent stays open.
        automatic: whether its headers say that a machine sent it.

    Returns:
        The category with its reason; open where nothing or too much was found.
    """
    words = normal(own_words(text))
    if NOTHING_SAID.match(words):
        return Coded(category=None, positive=None, automated=automatic, reason="no words of its own")
    languages = likely_languages(words) if language is None else tuple({language} & set(LANGUAGES))
    cues = cues_of(words, languages)
    automated = automatic or cues.has("machine") or "machine" in cues_of(normal(subject), languages).found
    category, positive, reason = _decide(cues, automated=automated)
    return Coded(category=category, positive=positive, automated=automated, reason=reason)


def code_response(
    response: str, subject: str, text: str, *, language: str | None = None, automatic: bool = False
) -> Outcome:
    """Code one response as an outcome of the rules' own coder."""
    coded = code_text(subject, text, language, automatic=automatic)
    return Outcome(
        response=response,
        category=coded.category,
        positive=coded.positive,
        automated=coded.automated,
        coder=coder_name(),
        reason=coded.reason,
    )


def likely_languages(words: str) -> tuple[str, ...]:
    """Languages that a text may be in, by its frequent words: one where it is clear, else all.

    >>> likely_languages("u kan komen kijken op maandag, past dat voor u?")
    ('nl',)
    """
    tokens = re.findall(r"\w+", words)
    scores = {language: sum(it in COMMON[language].split() for it in tokens) for language in LANGUAGES}
    first, second = sorted(scores.values(), reverse=True)[:2]
    if first >= 2 and first >= 2 * second:
        return tuple(language for language in LANGUAGES if scores[language] == first)
    return LANGUAGES


def normal(text: str) -> str:
    """Lower case, straight apostrophes, one space between words; line ends stay as sentence ends."""
    plain = text.casefold().replace("’", "'").replace("‘", "'").replace("\u00a0", " ")
    lines = [re.sub(r"\s+", " ", line).strip() for line in plain.split("\n")]
    return re.sub(r"\s+", " ", " ".join(_ended(line) for line in lines if line)).strip()


def cues_of(words: str, languages: tuple[str, ...]) -> Cues:
    """Find every cue in a text."""
    found: dict[str, str] = {}
    for name, patterns in _patterns().items():
        for language in languages:
            hits = (hit for it in patterns[language] for hit in it.finditer(words))
            match = next((hit for hit in hits if name != "invite" or not _denied(words, hit, language)), None)
            if match is not None:
                found.setdefault(name, match[0])
    return Cues(found, _moment(words, languages))


def _denied(words: str, offer: re.Match[str], language: str) -> bool:
    """Whether the clause in which an offer stands says that it is not one."""
    before = words[: offer.start()]
    clause = words[max(before.rfind(mark) for mark in ".?!,;:") + 1 : offer.end()]
    return bool(DENIED[language].search(STILL_MEANT.sub(" ", clause)))


def _decide(cues: Cues, *, automated: bool) -> tuple[Category | None, bool | None, str]:
    """Apply the codebook's order: a viewing offered now, what it depends on, then what stands against one."""
    against = [name for name in ("let", "reject", "waiting") if cues.has(name)]
    condition = cues.has("condition")
    offered = bool(cues.moment) or (cues.has("invite") and not cues.has("no_viewing"))
    if cues.has("group") and (cues.moment or cues.has("viewing")) and not condition:
        return _unless(against[:1] if not cues.moment else [], Category.GROUP_VIEWING, cues, "group")
    if condition and not (cues.moment and not cues.has("documents")):
        return _unless(
            [*against, *(["moment"] if cues.moment else [])], Category.VIEWING_CONDITIONAL, cues, "condition"
        )
    if offered:
        decisive = "moment" if cues.moment else "invite"
        doubts = [] if cues.moment and "let" not in against else against
        doubts = [*doubts, *(["machine"] if automated and not cues.moment else [])]
        return _unless(doubts, Category.VIEWING_INVITATION, cues, decisive)
    if automated:
        return Category.AUTOMATIC_ACKNOWLEDGEMENT, False, _why("machine", cues, "headers")
    return _against(cues, against)


def _against(cues: Cues, against: list[str]) -> tuple[Category | None, bool | None, str]:
    """Decide where no viewing of the advertised dwelling is offered."""
    if cues.has("refer") and not cues.has("reject", "waiting"):
        if cues.has("viewing") and cues.has("let"):
            return Category.REFERRAL, True, _why("refer", cues)
        return Category.REFERRAL, False, _why("refer", cues)
    if cues.has("let"):
        return Category.ALREADY_LET, False, _why("let", cues)
    if len(against) > 1:
        return None, None, f"speaks for {' and for '.join(against)}"
    if cues.has("reject"):
        return Category.REJECTION, False, _why("reject", cues)
    if cues.has("waiting"):
        return Category.WAITING_LIST, False, _why("waiting", cues)
    if cues.has("ask"):
        if cues.has("viewing"):
            return None, None, "asks something and speaks of a viewing, but how they hang together is unclear"
        return Category.INFORMATION_REQUEST, False, _why("ask", cues)
    return None, None, "no rule fits"


def _unless(
    doubts: list[str], category: Category, cues: Cues, cue: str
) -> tuple[Category | None, bool | None, str]:
    if doubts:
        return None, None, f"speaks for {cue}, but also for {' and for '.join(doubts)}"
    return category, category in POSITIVE, _why(cue, cues)


def _why(cue: str, cues: Cues, otherwise: str = "") -> str:
    words = cues.moment if cue == "moment" else cues.found.get(cue, otherwise)
    return f"{cue}: «{words[:80]}»"


def _moment(words: str, languages: tuple[str, ...]) -> str:
    """Find a sentence that offers a day with an hour, or asks whether a day would suit."""
    patterns = _patterns()
    for sentence in re.split(r"(?<=[.!?])\s+(?!\d{1,2}\b(?!\s*(?:u|h|:)))", words):
        for language in languages:
            if any(it.search(sentence) for it in patterns["not_a_moment"][language]):
                continue
            day = next((hit for it in patterns["day"][language] if (hit := it.search(sentence))), None)
            hour = any(it.search(sentence) for it in patterns["hour"][language])
            if day and (hour or (sentence.endswith("?") and len(sentence) < 60)):
                return sentence
    return ""


def _ended(line: str) -> str:
    return line if re.search(r"[.!?:;,]$", line) else f"{line}."


@cache
def _book() -> Mapping[str, object]:
    return tomllib.loads(files("testing.fieldwork").joinpath("codebook.toml").read_text("utf-8"))


@cache
def _patterns() -> Mapping[str, Mapping[str, tuple[re.Pattern[str], ...]]]:
    cues = _book()["cues"]
    assert isinstance(cues, dict)
    return {
        name: {language: tuple(re.compile(it) for it in by_language[language]) for language in LANGUAGES}
        for name, by_language in cues.items()
    }
