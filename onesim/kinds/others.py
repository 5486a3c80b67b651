"""Kinds that a small cloud has pools of and little else: marketplaces and their appliances."""

from onesim import generic
from onesim.templates import Template, cdata
from onesim.things import Kind, Thing

ENABLED, DISABLED = 0, 1


class Marketplace(Thing):
    def __init__(self, name, driver, description, state):
        template = Template.of(DESCRIPTION=description, MARKET_MAD=driver)
        super().__init__(template, name, uname="oneadmin", gname="oneadmin", permissions=0o744)
        self.driver, self.state = driver, state

    def render(self):
        return (
            f"<MARKETPLACE>{self.head_xml()}<STATE>{self.state}</STATE><MARKET_MAD>{cdata(self.driver)}</MARKET_MAD>"
            f"<ZONE_ID>{cdata(0)}</ZONE_ID><TOTAL_MB>0</TOTAL_MB><FREE_MB>0</FREE_MB><USED_MB>0</USED_MB>"
            f"<MARKETPLACEAPPS></MARKETPLACEAPPS>{self.permissions_xml()}{self.template.xml()}</MARKETPLACE>"
        )


class MarketplaceKind(Kind):
    name, title, xml_title = "MARKETPLACE", "marketplace", "Marketplace"
    tag, pool_tag = "MARKETPLACE", "MARKETPLACE_POOL"
    thing = Marketplace
    names_per_owner = False


class MarketplaceApp(Thing):
    """An appliance of a marketplace; none is known here."""


class MarketplaceAppKind(Kind):
    name, title, xml_title = "MARKETPLACEAPP", "marketplaceapp", "Marketplace app"
    tag, pool_tag = "MARKETPLACEAPP", "MARKETPLACEAPP_POOL"
    thing = MarketplaceApp
    lockable = True


MARKETPLACE, APP = MarketplaceKind(), MarketplaceAppKind()
KINDS = (MARKETPLACE, APP)

for _kind, _prefix in ((MARKETPLACE, "market"), (APP, "marketapp")):
    generic.register(_kind, _prefix, "info")
generic.register_pool(MARKETPLACE, "one.marketpool.info", filtered=False)
generic.register_pool(APP, "one.marketapppool.info")


def default_marketplaces(cloud):
    """The marketplaces of a fresh cloud."""
    cloud.pool("MARKETPLACE").insert(Marketplace("OpenNebula Public", "one", "OpenNebula Systems MarketPlace", ENABLED))
    description = "MarketPlace for the public image server fo LXC & LXD hosted at linuxcontainers.org"
    cloud.pool("MARKETPLACE").insert(Marketplace("Linux Containers", "linuxcontainers", description, DISABLED))
