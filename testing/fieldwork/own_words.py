"""The landlord's own words: takes the text of a mail, gives it without quoted original and signature."""

import re

QUOTE_BEGINS = re.compile(
    r"^\s*(?:"
    r"-{2,}\s*(?:original message|oorspronkelijk bericht|message d'origine|message original|doorgestuurd bericht"
    r"|message transféré|forwarded message|originele bericht|ursprüngliche nachricht|weitergeleitete nachricht)"
    r"|_{10,}\s*$"
    r"|(?:begin forwarded message|début du message (?:réexpédié|transféré)|begin doorgestuurd bericht)"
    r"|(?:op|on|le|am)\b[^\n]{4,200}(?:schreef|wrote|a écrit|schrieb)\b[^\n]{0,120}:?\s*$"
    r"|[^\n]{0,120}\b(?:schreef|wrote|a écrit|schrieb)\s*:\s*$"
    r"|(?:dit was (?:je|uw) bericht|(?:je|uw) bericht|votre message|voici votre message|your message was"
    r"|your message|message original|bericht van de kandidaat|message du candidat)\s*:\s*$"
    r")",
    re.IGNORECASE,
)
"""A line at which the original begins, in the habits of common mail programs and portals."""
HEADER_BLOCK = re.compile(r"^\s*\*?(?:van|de|from|von)\s?:\*?\s?\S", re.IGNORECASE)
HEADER_NEXT = re.compile(
    r"^\s*\*?(?:verzonden|envoyé|sent|gesendet|datum|date|aan|à|to|an|onderwerp|objet|subject|betreff|cc)\s?:",
    re.IGNORECASE,
)
FORM = re.compile(
    r"^\s*(?:naam|nom|name|prénom|voornaam|first name|from|kandidaat|candidat)\b[^:\n]{0,20}:", re.IGNORECASE
)
FORM_NEXT = re.compile(
    r"^\s*(?:e-?mail\w*|adresse (?:e-?)?mail|courriel|tel\w*|tél\w*|phone|gsm|naam|nom|last name|achternaam)"
    r"\b[^:\n]{0,20}:",
    re.IGNORECASE,
)
"""The first two lines of an enquiry form as a portal repeats it."""
WRAPPED = re.compile(r"^\s*(?:op|on|le|am)\b.*\d", re.IGNORECASE)
"""First half of «On … wrote:» where the mail program broke the line."""
WRAPPED_END = re.compile(r"(?:schreef|wrote|a écrit|schrieb)\b[^\n]{0,120}:\s*$", re.IGNORECASE)
CLOSING = re.compile(
    r"^\s*(?:(?:met )?(?:de )?(?:vriendelijke|hartelijke|beste|oprechte|warme|zonnige|lieve) groet\w*|mvg|vr\.? ?gr"
    r"|groet(?:en|jes)?|grts|hoogachtend|liefs|met (?:de )?meeste (?:hoog)?achting|alvast bedankt"
    r"|tot (?:dan|binnenkort)"
    r"|(?:bien )?cordialement|(?:sincères|meilleures|mes|nos|salutations?|bien à (?:vous|toi)|bàv|cdlt|sincèrement)"
    r"|belle journée|bonne (?:journée|soirée)"
    r"|(?:mit )?(?:freundliche|viele|beste|herzliche|liebe)[nr]? gr(?:ü|ue)(?:ß|ss)en?|mfg|hochachtungsvoll"
    r"|(?:kind|best|warm|many)? ?regards|best wishes|yours (?:sincerely|faithfully)"
    r"|cheers|sincerely|--\s*$|verstuurd vanaf|envoyé de(?:puis)? mon|sent from my)"
    r"[^\n]{0,40}$",
    re.IGNORECASE,
)
"""A line that ends the message; what follows is who signed."""
AFTERWORD = re.compile(r"^\s*p\.? ?s\.?\b", re.IGNORECASE)


def own_words(text: str) -> str:
    r"""Remove the quoted original and the signature; lines between quoted lines stay.

    >>> own_words("Kom vrijdag.\n\nMvg\nJan\n\nOp ma 2 mrt 2026 schreef Lotte:\n> Mag ik komen?")
    'Kom vrijdag.'
    """
    lines = text.replace("\r\n", "\n").split("\n")
    answer = _without_signature(_without_quote(lines))
    return "\n".join(answer).strip()


def _without_quote(lines: list[str]) -> list[str]:
    kept: list[str] = []
    for number, line in enumerate(lines):
        following = lines[number + 1] if number + 1 < len(lines) else ""
        begins = (
            QUOTE_BEGINS.match(line)
            or (HEADER_BLOCK.match(line) and HEADER_NEXT.match(following))
            or (FORM.match(line) and FORM_NEXT.match(following))
        )
        wrapped = WRAPPED.match(line) and WRAPPED_END.search(following) and len(line + following) < 260
        if begins or wrapped:
            # Answers between the lines of the original: only what is marked goes, the rest is read on.
            rest = lines[number + (2 if wrapped else 1) :]
            if not HEADER_BLOCK.match(line) and any(it.lstrip().startswith(">") for it in rest):
                kept += [it for it in rest if not it.lstrip().startswith((">", "|"))]
            return kept
        if not line.lstrip().startswith(">"):
            kept.append(line)
    return kept


def _without_signature(lines: list[str]) -> list[str]:
    for number, line in enumerate(lines):
        if CLOSING.match(line) and any(it.strip() for it in lines[:number]):
            after = [it for it in lines[number + 1 :] if it.strip()]
            if any(AFTERWORD.match(it) for it in after):
                return lines
            if len(after) <= 14:
                return lines[:number]
    return lines
