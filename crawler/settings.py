"""A contact and a pace in, the settings of one crawl out; at the top, Scrapy's polite defaults of this project."""

from typing import Any

from crawler.permission import require_contact
from testing.study.errors import Refused

FLOOR_SECONDS = 2.0
"""Least time between two requests to one domain; less only on this machine's own loopback."""
RETRIES = 2
"""Further attempts after a server error or a lost connection; a refusal is never retried."""

BOT_NAME = "evenhand"
SPIDER_MODULES = ["crawler.spiders"]
NEWSPIDER_MODULE = "crawler.spiders"
USER_AGENT = "evenhand (no contact set: the spider refuses to start)"
ROBOTSTXT_OBEY = True
ROBOTSTXT_USER_AGENT = "evenhand"
CONCURRENT_REQUESTS_PER_DOMAIN = 1
DOWNLOAD_DELAY = FLOOR_SECONDS
DOWNLOAD_DELAY_JITTER = 0.0  # jitter goes below the floor as well
AUTOTHROTTLE_ENABLED = True
AUTOTHROTTLE_START_DELAY = FLOOR_SECONDS
AUTOTHROTTLE_TARGET_CONCURRENCY = 1.0
COOKIES_ENABLED = False
REDIRECT_ENABLED = False  # the spider follows a redirect itself, and only inside the portal
METAREFRESH_ENABLED = False
CONCURRENT_ITEMS = 1  # each page would start as many tasks as there may be; ours takes one step after another
RETRY_TIMES = RETRIES
RETRY_HTTP_CODES = [500, 502, 503, 504, 522, 524, 408]
RETRY_GIVE_UP_LOG_LEVEL = "INFO"
DOWNLOAD_VERIFY_CERTIFICATES = True
DOWNLOAD_TIMEOUT = 30
DOWNLOAD_MAXSIZE = 5_000_000
DOWNLOAD_WARNSIZE = 0
TELNETCONSOLE_ENABLED = False
WARN_ON_GENERATOR_RETURN_VALUE = (
    False  # it parses the spider's source for every page: a tenth of a crawl's time
)
LOG_INSTALL_ROOT_HANDLER = False
LOG_LEVEL = "WARNING"
DEFAULT_REQUEST_HEADERS = {"Accept": "text/html,application/json;q=0.9,*/*;q=0.1"}
DOWNLOADER_STATS = False
# The spider asks for nothing by itself: what these add to its requests, or count and drop of them, has no use here.
SPIDER_MIDDLEWARES: dict[str, int | None] = {
    "scrapy.spidermiddlewares.start.StartSpiderMiddleware": None,
    "scrapy.spidermiddlewares.httperror.HttpErrorMiddleware": None,
    "scrapy.spidermiddlewares.referer.RefererMiddleware": None,
    "scrapy.spidermiddlewares.urllength.UrlLengthMiddleware": None,
    "scrapy.spidermiddlewares.depth.DepthMiddleware": None,
    "scrapy.spidermiddlewares.metacopy.MetaCopyDetectionMiddleware": None,
}
# The cookie middleware carries a public-suffix list that it would fetch.
DOWNLOADER_MIDDLEWARES: dict[str, int | None] = {
    "scrapy.downloadermiddlewares.offsite.OffsiteMiddleware": None,
    "scrapy.downloadermiddlewares.httpauth.HttpAuthMiddleware": None,
    "scrapy.downloadermiddlewares.cookies.CookiesMiddleware": None,
    "scrapy.downloadermiddlewares.robotstxt.RobotsTxtMiddleware": None,
    "crawler.manners.Manners": 50,
    "crawler.robots.Robots": 100,
    "crawler.manners.ComeLater": 900,
}
EXTENSIONS: dict[str, int | None] = {
    "scrapy.extensions.throttle.AutoThrottle": None,
    "crawler.manners.Pace": 0,
}
SCHEDULER = "crawler.spiders.scheduler.FrontierScheduler"
ITEM_PIPELINES = {
    "crawler.pipelines.rentals_only.RentalsOnly": 100,
    "crawler.pipelines.normalise.Normalise": 200,
}


def settings_for(
    *,
    contact: str,
    delay: float | None = None,
    loopback: bool = False,
    domains: int = 1,
) -> dict[str, Any]:
    """Scrapy settings of one crawl.

    Args:
        contact: mail address or web page that stands in the user agent.
        delay: seconds between two requests to one domain; None is the floor.
        loopback: every start address is on this machine; only then may ``delay`` go under the floor.
        domains: how many domains are crawled together.

    Raises:
        Refused: no contact, or a delay under the floor on a domain of others.
    """
    shown = require_contact(contact)
    pace = FLOOR_SECONDS if delay is None else delay
    if pace < FLOOR_SECONDS and not loopback:
        raise Refused(
            f"a delay of {pace:g} s is under the floor of {FLOOR_SECONDS:g} s; under it only 127.0.0.1 may be crawled"
        )
    loosened = (
        f"delay {pace:g} s: all start addresses are on this machine (loopback)"
        if pace < FLOOR_SECONDS
        else None
    )
    settings: dict[str, Any] = {
        name: value for name, value in globals().items() if name.isupper() and name not in _OWN
    }
    settings |= {
        "USER_AGENT": f"evenhand/0.1 (research crawler; contact: {shown})",
        "CONTACT": shown,
        "DOWNLOAD_DELAY": pace,
        "AUTOTHROTTLE_START_DELAY": pace,
        # No request stands ready behind the one under way, so a refusal stops the very next.
        "CONCURRENT_REQUESTS": max(1, domains),
        "LOOSENED": loosened,
    }
    if loosened:
        settings |= {
            "AUTOTHROTTLE_ENABLED": False,
            "CONCURRENT_REQUESTS_PER_DOMAIN": 4,
            "CONCURRENT_REQUESTS": 4,
        }
    return settings


_OWN = frozenset(("FLOOR_SECONDS", "RETRIES"))
