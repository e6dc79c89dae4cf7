"""What a letter states beyond what a region's landlords may ask before a viewing: takes a text, gives slots and words.

An applicant may lawfully say more than a landlord may ask. But what is said beyond that is a signal that no ground
under test declares, so a form keeps to what may be asked; only a ground's own sentence may go further. The words are
those that leave no doubt. Sources, and what of them is unverified: ``docs/explanation/law.md``.
"""

import re
from collections.abc import Mapping
from types import MappingProxyType

from testing.study.letter_forms import PROFILE_SLOTS, SLOT, slots_of

SLOTS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        # Brussels Housing Code, art. 200ter, since 20 March 2023: name and means of contact.
        "brussels": ("name",),
        # Walloon decree of 15 March 2018, art. 6: among others household, date of birth and amount of the income.
        "wallonia": ("name", "household", "age", "amount"),
        # Flemish Tenancy Decree, art. 7: what is needed to judge whether a tenant can pay; of an income its amount.
        "flanders": ("name", "household", "age", "amount"),
    }
)
"""Slots that a form may use outside the sentence of a ground, by region."""
EVERYWHERE: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "nl": {
            "health": r"ziekte|gezondheid|handicap|invalide|rolstoel",
            "origin": r"nationaliteit|afkomst|herkomst|geboren in|vluchteling|verblijfs(?:vergunning|kaart)",
            "religion": r"religi|gelovig|moslim|christen|katholiek|joods",
            "criminal record": r"strafblad|strafregister|veroordeel",
        },
        "fr": {
            "health": r"malad|\bsanté|handicap|invalid|fauteuil roulant",
            "origin": r"nationalité|origine|\bnée? (?:en|à|au)\b|réfugié|titre de séjour",
            "religion": r"religi|croyant|musulman|chrétien|catholique|\bjuif|\bjuive",
            "criminal record": r"casier judiciaire|condamn",
        },
        "en": {
            "health": r"\billness|\bhealth|disabled|disabilit|wheelchair",
            "origin": r"nationality|\borigins?\b|born in|refugee|residence permit",
            "religion": r"religio|muslim|christian|catholic|jewish",
            "criminal record": r"criminal record|convict",
        },
        "de": {
            "health": r"krankheit|gesundheit|behinder|rollstuhl",
            "origin": r"nationalität|staatsangehörig|herkunft|geboren in|flüchtling|aufenthalts(?:titel|erlaubnis)",
            "religion": r"religi|gläubig|muslim|christlich|katholisch|jüdisch",
            "criminal record": r"vorstrafe|vorbestraft|führungszeugnis",
        },
    }
)
"""What no region lets a landlord ask an applicant, by language: words by what they tell of."""
BRUSSELS: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "nl": {
            "household": r"\bgezin|\bkind(?:eren)?\b|alleenstaand|gehuwd|getrouwd|samenwonend|echtgeno",
            "income": r"inkomen|\bverdien|\bloon\b|uitkering|\bik werk\b|\bwerk als\b",
        },
        "fr": {
            "household": r"\bfamille|\benfants?\b|célibataire|\bmariée?\b|\bménage|\bconjoint|cohabitant",
            "income": r"\brevenus?\b|salaire|\bje gagne|allocation|\bje travaille\b|mon emploi",
        },
        "en": {
            "household": r"\bfamily|\bchild|\bI am single\b|\bmarried|\bhousehold|\bhusband|\bwife\b",
            "income": r"\bincome|\bI earn\b|salary|\bwages?\b|unemploy|\bmy job\b|\bI work\b",
        },
        "de": {
            "household": r"familie|\bkind(?:er|ern)?\b|alleinstehend|\bledig|verheiratet|haushalt|\behe(?:mann|frau)",
            "income": r"einkommen|verdien|\blohn|gehalt|beihilfe|arbeitslos|\bich arbeite\b|meine arbeit",
        },
    }
)
"""What a landlord in Brussels may ask after the viewing only."""


def slots_beyond(text: str, region: str) -> list[str]:
    """The applicant's own slots of a text that a form may not use in a region, outside a ground's sentence.

    >>> slots_beyond("I am {{ household }}. {{ income }} {{ name }}", "brussels")
    ['household']
    """
    return sorted(slots_of(text) & set(PROFILE_SLOTS) - set(SLOTS[region]))


def words_beyond(text: str, region: str, language: str) -> dict[str, str]:
    """What a text tells that a landlord of a region may not ask before a viewing, and the word that tells it.

    >>> words_beyond("I have two children.", "brussels", "en"), words_beyond("I have two children.", "flanders", "en")
    ({'household': 'child'}, {})
    """
    telling = {**EVERYWHERE[language], **(BRUSSELS[language] if region == "brussels" else {})}
    plain = SLOT.sub(" ", text)
    found = {what: re.search(words, plain, re.IGNORECASE) for what, words in telling.items()}
    return {what: match[0] for what, match in found.items() if match}
