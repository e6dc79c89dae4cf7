"""Adverts in; only dwellings to let out, the others dropped with a counted reason."""

from scrapy.exceptions import DropItem

from testing.study.listing import Listing, RentPeriod, Transaction

NOT_DWELLINGS = frozenset(("parking", "office", "commercial", "land"))


def why_not(listing: Listing) -> str | None:
    """Why an advert is no rental of a dwelling, or None where it is one."""
    if listing.transaction is Transaction.SALE:
        return "for sale"
    if listing.transaction is Transaction.UNKNOWN:
        return "neither rent nor sale is stated"
    if listing.dwelling_type in NOT_DWELLINGS:
        return f"no dwelling: {listing.dwelling_type}"
    if listing.rent_period is RentPeriod.DAY:
        return "holiday let: rent per day"
    return None


class RentalsOnly:
    """Pipeline step."""

    def process_item(self, item: Listing) -> Listing:
        """Pass on a rental, drop the rest.

        Raises:
            DropItem: with the reason.
        """
        reason = why_not(item)
        if reason is not None:
            raise DropItem(reason, log_level="DEBUG")
        return item
