"""
What a guest knows of itself through OpenNebula
===============================================

The grain ``opennebula`` of a VM that was given a context: who it is, what it is for, and its NICs. So that top files
can tell one VM from another:

.. code-block:: yaml

    base:
      'opennebula:role:gateway':
        - match: grain
        - gateway

=================== =========================================================================== ====================
grain               what it is                                                                  from the context's
=================== =========================================================================== ====================
``vm_id``           number of the VM                                                            ``VMID``
``vm_name``         its name                                                                    ``VM_NAME``
``owner``           the user that it belongs to                                                 ``VM_OWNER``
``role``            what it is for, such as ``gateway``                                         ``SALT_ROLE``
``managed``         whether the states of this project made it                                  ``SALT_MANAGED``
``blueprint``       the blueprint that it was made from                                         ``SALT_MANAGED``
``virtual_router``  number of the virtual router that it is part of                             ``VROUTER_ID``
``interfaces``      its NICs in order, each with ``name`` (``ETH0``), ``index`` and what is     ``ETH0_…``
                    known of it: ``mac ip mask network gateway dns search_domain mtu metric
                    method vlan_id vrouter_ip vrouter_management external routes ip6 ip6_ula
                    ip6_gateway ip6_metric ip6_method ip6_prefix_length vrouter_ip6``, and
                    ``aliases``, a list of the same
=================== =========================================================================== ====================

Values that the context does not contain are missing. The states set all of these variables for gateways; a template of
yours can, too: ``VMID="$VMID", VM_NAME="$NAME", VM_OWNER="$UNAME", SALT_ROLE="web"``.

The context is read from where the context packages leave it (``/var/run/one-context``), or else from the CD-ROM that
holds it, if that is mounted. It is never executed, and only the variables above become grains: no password, token,
key or script. A machine without any context has no such grain.

Grains are a guest's own words, and its owner can change its context: target states by them, never secrets.
"""

import os
import re
import stat

#: Where the context packages leave copies of the context, at each of their stages and with the exports of all.
RUNTIME = "/var/run/one-context"
STAGES = ("context.sh.network", "context.sh.online", "context.sh.local", "context.sh")
ENVIRONMENT = "one_env"
#: Where containers have it, and which mounts may hold it.
CONTAINER = "/context"
MOUNTS, CDROM = "/proc/self/mounts", "iso9660"
SCRIPT = "context.sh"

#: A context with scripts and keys in it is far smaller, in bytes.
LARGEST = 1024 * 1024

NUMBERS = frozenset({"mtu", "metric", "vlan_id", "ip6_metric", "ip6_prefix_length"})
LISTS = frozenset({"dns", "search_domain"})
FLAGS = frozenset({"external", "vrouter_management"})
TEXTS = frozenset({"mac", "ip", "mask", "network", "gateway", "method", "routes", "vrouter_ip"})
TEXTS6 = frozenset({"ip6", "ip6_ula", "ip6_gateway", "ip6_method", "vrouter_ip6"})

_NIC = re.compile(r"ETH(\d{1,4})_(?:ALIAS(\d{1,4})_)?([A-Z0-9_]+)", re.ASCII)
_ASSIGNMENT = re.compile(r"(?:export[ \t]+)?([A-Za-z_][A-Za-z0-9_]*)=", re.ASCII)
_PIECES = re.compile(r"'([^']*)'|\"((?:[^\"\\]|\\.)*)\"|\\(.)|([^\s'\"\\;#$`&|<>()]+)", re.DOTALL)
_IN_DOUBLE_QUOTES = re.compile(r"\\([\"\\$`])")
_EXPORT = re.compile(r"^export ([A-Za-z_][A-Za-z0-9_]*)=\"", re.ASCII | re.MULTILINE)
_OCTAL = re.compile(r"\\([0-7]{3})")


def opennebula():
    """Return the grain ``opennebula``, or nothing on a machine without a context."""
    context = _context()
    grain = {
        "vm_id": _number(context.get("VMID")),
        "vm_name": context.get("VM_NAME"),
        "owner": context.get("VM_OWNER"),
        "role": context.get("SALT_ROLE"),
        "blueprint": _blueprint(context.get("SALT_MANAGED", "")),
        "virtual_router": _number(context.get("VROUTER_ID")),
    }
    grain = {key: value for key, value in grain.items() if value not in (None, "")}
    if context:
        grain |= {"managed": bool(context.get("SALT_MANAGED")), "interfaces": _interfaces(context)}
    return {"opennebula": grain} if grain else {}


def _context():
    """The variables of the context, as texts; none when there is no context that could be read."""
    stages = sorted((os.path.join(RUNTIME, name) for name in STAGES), key=_modified, reverse=True)
    for path in stages:
        if found := _assignments(_read(path)):
            return found
    if found := _exports(_read(os.path.join(RUNTIME, ENVIRONMENT))):
        return found
    for folder in (*_mounted(), CONTAINER):
        if found := _assignments(_read(os.path.join(folder, SCRIPT))):
            return found
    return {}


def _mounted():
    """Where CD-ROMs are mounted."""
    fields = [line.split(" ") for line in _read(MOUNTS).splitlines()]
    points = [each[1] for each in fields if len(each) > 2 and each[2] == CDROM]
    return [_OCTAL.sub(lambda match: chr(int(match.group(1), 8)), point) for point in points]


def _modified(path):
    try:
        return os.stat(path).st_mtime_ns
    except (OSError, ValueError):
        return -1


def _read(path):
    """The text of a file; none where there is no such file, or one that cannot be a context."""
    try:
        # A pipe in that place must not keep a minion from starting.
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    except (OSError, ValueError):
        return ""
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            return ""
        with os.fdopen(descriptor, "rb", closefd=False) as file:
            content = file.read(LARGEST + 1)
    except OSError:
        return ""
    finally:
        os.close(descriptor)
    return content.decode("utf-8", "replace") if len(content) <= LARGEST else ""


def _assignments(text):
    """Variables of a shell script that assigns values in quotes, as OpenNebula writes it: ``NAME='it'\\''s'``."""
    found, position = {}, 0
    while position < len(text):
        match = _ASSIGNMENT.match(text, position)
        value, end = _value(text, match.end()) if match else (None, None)
        if value is not None and text[end : end + 1] in ("", "\n", "\r", " ", "\t", ";"):
            found[match.group(1)] = value
            position = end
        # What is no assignment ends with its line; the next one may be sound.
        position = text.find("\n", position) + 1 or len(text)
    return found


def _value(text, position):
    """The value that begins at a position, without its quotes, and where it ends."""
    parts = []
    while match := _PIECES.match(text, position):
        single, double, escaped, plain = match.groups()
        if double is not None:
            parts.append(_IN_DOUBLE_QUOTES.sub(r"\1", double))
        elif escaped is not None:
            # A backslash takes the end of a line away.
            parts.append("" if escaped == "\n" else escaped)
        else:
            parts.append(plain if single is None else single)
        position = match.end()
    return "".join(parts), position


def _exports(text):
    """Variables of ``one_env``, where values stand between double quotes just as they are."""
    found = {}
    _, *parts = _EXPORT.split(text)
    for name, rest in zip(parts[::2], parts[1::2], strict=True):
        # The first one counts: a later one may be a line of some script that is the value of another variable.
        found.setdefault(name, rest.rpartition('"')[0])
    return found


def _blueprint(managed):
    """The blueprint of a mark: ``eole/alice``, its user taken off."""
    blueprint, slash, _ = managed.rpartition("/")
    return blueprint if slash else None


def _interfaces(context):
    """The NICs in order, aliases with the NIC they belong to."""
    nics = {}
    for variable in sorted(context):
        match = _NIC.fullmatch(variable)
        value = _interpreted(match.group(3).lower(), context[variable]) if match else None
        if value is None:
            continue
        index, alias = int(match.group(1)), match.group(2)
        nic = nics.setdefault(index, {"name": f"ETH{index}", "index": index, "aliases": {}})
        if alias is not None:
            number = int(alias)
            nic = nic["aliases"].setdefault(number, {"name": f"ETH{index}_ALIAS{number}", "index": number})
        nic[match.group(3).lower()] = value
    ordered = [nics[index] for index in sorted(nics)]
    return [{**nic, "aliases": [nic["aliases"][number] for number in sorted(nic["aliases"])]} for nic in ordered]


def _interpreted(key, text):
    """A variable of a NIC as a number, list, truth or text; ``None`` for one that is empty or unknown."""
    if not text.strip():
        return None
    if key in NUMBERS:
        return _number(text)
    if key in LISTS:
        return text.split()
    if key in FLAGS:
        return text.strip().upper() in ("YES", "TRUE", "1")
    return text.strip() if key in TEXTS | TEXTS6 else None


def _number(text):
    """A whole number, or ``None`` for what is none."""
    text = (text or "").strip()
    return int(text) if re.fullmatch(r"\d{1,10}", text, re.ASCII) else None
