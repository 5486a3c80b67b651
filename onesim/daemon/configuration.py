"""The daemon itself: its version and its configuration."""

from onesim.api.dispatch import method
from onesim.oned_conf import AUTH_DRIVERS, DATASTORE_DRIVERS, TRANSFER_DRIVERS, VM_DRIVERS, VN_DRIVERS
from onesim.text.templates import Template
from onesim.text.values import yes_no

VERSION = "7.4.0"


@method("one.system.version", writes=False)
def version(call):
    return VERSION


@method("one.system.config", writes=False)
def config(call):
    """The part of the configuration that onesim uses."""
    facts = Template.of(MAC_PREFIX="02:00", NETWORK_SIZE="254", DEFAULT_UMASK="177", PORT="2633")
    for name, bridge_types in VN_DRIVERS.items():
        facts.add("VN_MAD_CONF", {"NAME": name, "BRIDGE_TYPE": ",".join(bridge_types)})
    for section, names in (
        ("DS_MAD_CONF", DATASTORE_DRIVERS),
        ("TM_MAD_CONF", TRANSFER_DRIVERS),
        ("VM_MAD", sorted(VM_DRIVERS)),
    ):
        for name in names:
            facts.add(section, {"NAME": name})
    for name, (changeable, required, managed, longest) in AUTH_DRIVERS.items():
        driver = {
            "NAME": name,
            "PASSWORD_CHANGE": yes_no(changeable),
            "DRIVER_MANAGED_GROUPS": yes_no(managed),
            "DRIVER_MANAGED_GROUP_ADMIN": yes_no(managed),
            "MAX_TOKEN_TIME": str(longest),
        }
        # The file leaves it out where a password is required.
        facts.add("AUTH_MAD_CONF", driver if required else {**driver, "PASSWORD_REQUIRED": "NO"})
    return facts.xml("OPENNEBULA_CONFIGURATION")
