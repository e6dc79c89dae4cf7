"""The correspondence test itself: the study's records, the pairing, the store, fieldwork, custody.

Rooms, from the ground up: ``study`` (records and rules), ``pairing`` (pure: frame to plan), ``store`` (the
database), ``fieldwork`` (the only room that touches landlords) and ``custody`` (what leaves).
"""
