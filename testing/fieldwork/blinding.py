"""Blinding: takes an answer's text and the identity it went to, gives the text without quote and name."""

import re

from testing.fieldwork.own_words import own_words
from testing.study.identity import Identity

MASK = "[applicant]"


def blinded(text: str, identity: Identity) -> str:
    """Remove the quoted original and mask every form of the applicant's name and address.

    A name is masked as it is written, in capitals or in small letters within an address; a lower-case word of
    the language that happens to be a name («ben», «park») stays.
    """
    words = own_words(text)
    names = sorted({identity.full_name, identity.name.last, identity.name.first}, key=len, reverse=True)
    local = identity.email.partition("@")[0]
    for address in (identity.email, local):
        words = re.sub(re.escape(address), MASK, words, flags=re.IGNORECASE)
    for name in names:
        for form in (name, name.upper()):
            words = re.sub(rf"(?<!\w){re.escape(form)}(?!\w)", MASK, words)
    return words
