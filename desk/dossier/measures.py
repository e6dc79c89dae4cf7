"""The measures that the program itself enforces: a short name for each, and the code that does it.

A paper for a committee may call a measure enforced only where it stands here. A test follows each to its code.
"""

MEASURES: dict[str, str] = {
    "basis": "crawler.permission:require_permission",
    "robots": "crawler.robots:Robots",
    "pace": "crawler.manners:Pace",
    "same_landlord": "testing.study.sameness:landlord_groups",
    "landlord_cap": "testing.fieldwork.safeguards:_landlord_cap",
    "rest": "testing.pairing.history:history_of",
    "daily_cap": "testing.fieldwork.safeguards:_daily_cap",
    "hours": "testing.fieldwork.safeguards:_hours",
    "advert_gone": "testing.fieldwork.safeguards:_advert",
    "at_most_once": "testing.fieldwork.sending:send_due",
    "own_domains": "testing.fieldwork.safeguards:_own_sender",
    "recipient": "testing.fieldwork.safeguards:_recipient",
    "decline": "testing.fieldwork.declining:owe_decline",
    "decline_first": "testing.fieldwork.safeguards:_decline_first",
    "closing": "testing.custody.closing:whats_open",
    "fixed_letters": "testing.study.reading_letters:letters_of",
    "no_provocation": "testing.study.likeness:provocation",
    "live_gate": "testing.fieldwork.safeguards:live_wave_may_send",
    "approval": "testing.fieldwork.safeguards:wave_may_send",
    "seal": "desk.sealed:check_sealed",
    "halt": "testing.store.waves:halt",
    "ledger": "testing.store.ledger:append",
    "tampering": "testing.custody.tampering:tampering",
    "blinding": "testing.fieldwork.blinding:blinded",
    "double_coding": "testing.fieldwork.double_coding:double_coding",
    "key_file": "desk.wave_key:write_key",
    "rekeyed": "testing.custody.release:rekeyed",
    "leaks": "testing.custody.leaks:leaks",
    "small_cells": "analysis.disclosure:disclose",
    "manifest": "desk.plan_files:manifest_of",
    "keeping": "testing.custody.keeping:overdue",
}
"""Module and name of the code that enforces each."""
