"""Marketplaces, and their appliances, of which there are none."""

from onesim.api import generic
from onesim.api.dispatch import method
from onesim.cloud.things import Kind, Thing, check_name, permissions_for
from onesim.errors import AllocateError, InternalError
from onesim.oned_conf import MARKET_DRIVERS, configured
from onesim.rights.access import CREATE, MANAGE
from onesim.text.templates import Template, cdata

ENABLED, DISABLED = 0, 1
STATES = {"ENABLED": ENABLED, "DISABLED": DISABLED}
LAST_OF_THE_SYSTEM = 99


class Marketplace(Thing):
    def __init__(self, template, call=None):
        owner = {"uname": "oneadmin", "gname": "oneadmin", "permissions": 0o744}
        if call:
            owner = {"uid": call.uid, "gid": call.gid, "uname": call.uname, "gname": call.gname}
            owner["permissions"] = permissions_for(call.uid, call.gid, call.umask)
        super().__init__(template, template.erase("NAME"), **owner)
        template.erase("ZONE_ID")
        self.driver = template.get("MARKET_MAD")
        self.state = STATES.get(template.get("STATE").upper(), ENABLED)
        if template.get("STATE").upper() in STATES:
            template.erase("STATE")

    def render(self):
        return (
            f"<MARKETPLACE>{self.head_xml()}<STATE>{self.state}</STATE><MARKET_MAD>{cdata(self.driver)}</MARKET_MAD>"
            f"<ZONE_ID>{cdata(0)}</ZONE_ID><TOTAL_MB>0</TOTAL_MB><FREE_MB>0</FREE_MB><USED_MB>0</USED_MB>"
            f"<MARKETPLACEAPPS></MARKETPLACEAPPS>{self.permissions_xml()}{self.template.xml()}</MARKETPLACE>"
        )


def _check_driver(template, driver, error):
    """Refuses a driver that is not configured, or a template without its required attributes."""
    required = configured(MARKET_DRIVERS, driver)
    if required is None:
        raise error(f'MARKET_MAD_CONF named "{driver}" is not defined in oned.conf')
    for name in required:
        if not template.get(name):
            raise error(f'MarketPlace template is missing the "{name}" attribute or it\'s empty.')


class MarketplaceKind(Kind):
    name, title, xml_title = "MARKETPLACE", "marketplace", "marketplace"
    tag, pool_tag = "MARKETPLACE", "MARKETPLACE_POOL"
    thing = Marketplace
    names_per_owner = False

    def created(self, call, template, cluster):
        check_name(template.get("NAME"), AllocateError)
        pool = call.cloud.pool("MARKETPLACE")
        taken = pool.named(template.get("NAME"))
        if taken:
            raise AllocateError(f"NAME is already taken by MARKETPLACE {taken.oid}")
        if not template.get("MARKET_MAD"):
            raise AllocateError("No marketplace driver (MARKET_MAD) in template.")
        _check_driver(template, template.get("MARKET_MAD"), AllocateError)
        try:
            return pool.insert(Marketplace(template, call))
        except InternalError as refusal:
            raise AllocateError(refusal.text) from refusal

    def updated_template(self, cloud, thing, old):
        driver = thing.template.erase("MARKET_MAD")
        if driver:
            _check_driver(thing.template, driver, InternalError)
            thing.driver = driver
        thing.template.add("MARKET_MAD", thing.driver)


class MarketplaceApp(Thing):
    """An appliance of a marketplace."""


class MarketplaceAppKind(Kind):
    name, title, xml_title = "MARKETPLACEAPP", "marketplaceapp", "Marketplace app"
    tag, pool_tag = "MARKETPLACEAPP", "MARKETPLACEAPP_POOL"
    thing = MarketplaceApp
    lockable = True


KIND, APP = MarketplaceKind(), MarketplaceAppKind()
KINDS = (KIND, APP)

generic.register(KIND, "market", "info update rename chown chmod delete")
generic.register(APP, "marketapp", "info")
generic.register_pool(KIND, "one.marketpool.info", filtered=False)
generic.register_pool(APP, "one.marketapppool.info")


@method("one.market.allocate", "s", kind=KIND, operation=CREATE)
def allocate(call, text):
    return generic.allocate(call, KIND, text)


@method("one.market.enable", "ib", kind=KIND, operation=MANAGE)
def enable(call, oid, flag):
    market = generic.reachable(call, KIND, oid)
    market.state = ENABLED if flag else DISABLED
    call.cloud.update(market)
    return oid


def default_marketplaces(cloud):
    """The marketplaces of a new cloud."""
    public = {"NAME": "OpenNebula Public", "MARKET_MAD": "one", "DESCRIPTION": "OpenNebula Systems MarketPlace"}
    containers = {
        "NAME": "Linux Containers",
        "MARKET_MAD": "linuxcontainers",
        "STATE": "DISABLED",
        "DESCRIPTION": "MarketPlace for the public image server fo LXC & LXD hosted at linuxcontainers.org",
    }
    pool = cloud.pool("MARKETPLACE")
    for attributes in (public, containers):
        pool.insert(Marketplace(Template.of(**attributes)))
    pool.reserve_numbers(LAST_OF_THE_SYSTEM)
