"""One address range of a network: its addresses, their leases, and reservations from it."""

from onesim.errors import InternalError
from onesim.kinds.vnet import addresses
from onesim.kinds.vnet.ipam import registered
from onesim.oned_conf import VNET_INHERITED, VNET_RESTRICTED
from onesim.rights.acl_rules import ID_MASK, TYPES
from onesim.text.templates import cdata, vector_xml
from onesim.text.values import id_list, integer, unsigned, yes, yes_no

IP4_BIT, IP6_BIT, STATIC_BIT = 2, 4, 8
TYPES_OF_RANGE = {
    "ETHER": 1,
    "IP4": 1 | IP4_BIT,
    "IP6": 1 | IP6_BIT,
    "IP6_STATIC": 1 | STATIC_BIT,
    "IP4_6": 1 | IP4_BIT | IP6_BIT,
    "IP4_6_STATIC": 1 | IP4_BIT | STATIC_BIT,
}
OWNERS = ("VM", "NET", "VROUTER")
HELD = -1  # the VM number in the lease of a held address
GONE_FROM_NEW = ("ALLOCATED", "USED_LEASES", "LEASES", "PARENT_NETWORK_AR_ID", "PARENT_NETWORK")
MADE_UP = ("MAC_END", "IP_END", "IP6_END", "IP6_ULA", "IP6_ULA_END", "IP6_GLOBAL", "IP6_GLOBAL_END")
RESTRICTED = frozenset(VNET_RESTRICTED.names)


def owner_pack(owner, oid):
    """The owner of a lease as one number: kind and ID."""
    return TYPES[owner] | oid & ID_MASK


def restricted_in(vector):
    """The first attribute of a range's vector that only administrators may set, or None."""
    return next((name for name in sorted(vector) if name in RESTRICTED or f"AR/{name}" in RESTRICTED), None)


class AddressRange:
    """`vector` contains the attributes of the range; the other fields are their parsed values.

    `allocated` maps the index of an address to the owners of its leases (several only in a shared range).
    """

    def __init__(self, vector, oid):
        """Creates a range; raises InternalError for an invalid vector."""
        self.vector = vector = registered(vector)
        self.oid = oid
        self.allocated = {}
        self.next = 0
        self._take_type()
        self._take_addresses()
        self._take_mac()
        size = unsigned(vector.get("SIZE"), 64)
        if size is None:
            raise InternalError("Wrong SIZE for address range")
        self.size = size
        vector["NEXT_INDEX"] = "0"
        vector["AR_ID"] = str(oid)
        for name in GONE_FROM_NEW:
            vector.pop(name, None)

    def _take_type(self):
        bits = TYPES_OF_RANGE.get(self.vector.get("TYPE", "").upper())
        if bits is None:
            raise InternalError("Unknown or missing address range TYPE.")
        self.is_ip4, self.is_ip6, self.is_static = bool(bits & IP4_BIT), bool(bits & IP6_BIT), bool(bits & STATIC_BIT)
        self.shared = yes(self.vector.get("SHARED"))
        self.vector["SHARED"] = yes_no(self.shared)
        if self.shared:
            if self.vector["TYPE"].upper() not in ("IP4", "IP6_STATIC"):
                raise InternalError("Shared ARs can be only of type IP4 or IP6_STATIC.")
            if self.vector.get("IPAM_MAD", "") not in ("", "internal"):
                raise InternalError("Shared ARs cannot use an external IPAM")

    def _take_addresses(self):
        vector = self.vector
        self.ip = self.ip6 = 0
        self.global6 = self.ula6 = 0
        if self.is_ip4:
            self.ip = addresses.read_ip(vector.get("IP", ""))
            if self.ip is None:
                raise InternalError("Wrong or empty IP attribute")
        else:
            vector.pop("IP", None)
        if self.is_ip6:
            self._take_prefixes(vector)
        else:
            vector.pop("GLOBAL_PREFIX", None)
            vector.pop("ULA_PREFIX", None)
        if self.is_static:
            self._take_static(vector)
        else:
            vector.pop("IP6", None)

    def _take_prefixes(self, vector):
        global6 = addresses.read_prefix(vector.get("GLOBAL_PREFIX", ""))
        if global6 is None:
            raise InternalError("Wrong format for IP6 global address prefix")
        ula6 = addresses.read_prefix(vector.get("ULA_PREFIX", ""))
        if ula6 is None:
            raise InternalError("Wrong format for IP6 unique local address prefix")
        self.global6, self.ula6 = global6, ula6

    def _take_static(self, vector):
        self.ip6 = addresses.read_ip6(vector.get("IP6", ""))
        if self.ip6 is None:
            raise InternalError("Wrong or empty IP6 attribute")
        length = integer(vector.get("PREFIX_LENGTH"))
        if length is None:
            raise InternalError("Wrong or empty PREFIX_LENGTH")
        if not vector.get("SIZE"):
            whole = (1 << 64) - 1 if length <= 64 else 1 << (128 - length)
            mask = whole if length <= 64 else whole - 1
            vector["SIZE"] = str(whole - (self.ip6 & mask))

    def _take_mac(self):
        if self.shared:
            self.mac = addresses.NO_MAC
        elif not self.vector.get("MAC"):
            self.mac = (addresses.MAC_PREFIX, self.ip) if self.is_ip4 else addresses.random_mac()
        else:
            self.mac = addresses.read_mac(self.vector["MAC"])
            if self.mac is None:
                raise InternalError(f"Wrong format for MAC attribute: {self.vector['MAC']}")
        self.vector["MAC"] = addresses.write_mac(self.mac)

    @property
    def is_reservation(self):
        return integer(self.vector.get("PARENT_NETWORK_AR_ID")) is not None

    @property
    def used(self):
        return len(self.allocated)

    @property
    def security_groups(self):
        return id_list(self.vector.get("SECURITY_GROUPS"))

    def owners(self, kind):
        """The numbers of the objects of a kind with leases here."""
        return {owner & ID_MASK for owners in self.allocated.values() for owner in owners if owner & TYPES[kind]}

    # --- what update_ar may change

    def update(self, vector, keep_restricted):
        """Sets new attributes; returns {name: old value} of the changed ones that NICs inherit."""
        if keep_restricted:
            self._check_restricted(vector)
        old = self.vector
        for name in ("TYPE", "SHARED", "MAC", "AR_ID"):
            vector[name] = old.get(name, "")
        for name in ("USED_LEASES", "LEASES", *MADE_UP):
            vector.pop(name, None)
        _keep(vector, old, "IPAM_MAD", bool(old.get("IPAM_MAD")) and not self.shared, drop=False)
        _keep(vector, old, "IP", self.is_ip4)
        _keep(vector, old, "IP6", self.is_static)
        _keep(vector, old, "PARENT_NETWORK_AR_ID", self.is_reservation)
        vector["ALLOCATED"] = old.get("ALLOCATED", "")
        if keep_restricted:
            vector.update({name: value for name, value in old.items() if f"AR/{name}" in RESTRICTED})
        size = self._updated_size(vector)
        self._update_static(vector)
        self.size = size
        self.next = self.next if self.next < size else 0
        vector["SIZE"], vector["NEXT_INDEX"] = str(size), str(self.next)
        for name in ("PORT_START", "PORT_SIZE"):
            if unsigned(vector.get(name)) is None:
                vector.pop(name, None)
        changed = {n: old.get(n, "") for n in VNET_INHERITED if vector.get(n) != old.get(n)}
        self.vector = vector
        return changed

    def _check_restricted(self, vector):
        for name in sorted(vector):
            if (name in RESTRICTED or f"AR/{name}" in RESTRICTED) and self.vector.get(name) != vector[name]:
                raise InternalError(f"AR includes a restricted attribute {name}")
        for name in [name for name in vector if f"AR/{name}" in RESTRICTED]:
            del vector[name]

    def _update_static(self, vector):
        if self.is_static:
            if integer(vector.get("PREFIX_LENGTH")) is None:
                vector["PREFIX_LENGTH"] = self.vector["PREFIX_LENGTH"]
        else:
            vector.pop("PREFIX_LENGTH", None)
        if self.is_ip6:
            self._take_prefixes(vector)
            for name in ("GLOBAL_PREFIX", "ULA_PREFIX"):
                vector[name] = vector.get(name, "")
        else:
            vector.pop("GLOBAL_PREFIX", None)
            vector.pop("ULA_PREFIX", None)

    def _updated_size(self, vector):
        """The size in an update, if it is possible."""
        if not vector.get("SIZE"):
            return self.size
        size = unsigned(vector["SIZE"], 64)
        if size is None:
            raise InternalError("Unable to read the SIZE attribute, it must be number >= 0")
        if self.is_reservation and size != self.size:
            raise InternalError("The SIZE of a reservation cannot be changed.")
        if any(index >= size for index in self.allocated):
            raise InternalError("New SIZE cannot be applied. There are used leases that would fall outside the range.")
        return size

    # --- which address is which

    def index_of_mac(self, text, strict=True):
        """The index of a MAC, or None if it is not in the range; `strict` also compares its upper part."""
        mac = addresses.read_mac(text)
        if mac is None or (strict and mac[0] != self.mac[0]):
            return None
        return self._index(mac[1] - self.mac[1])

    def index_of_ip(self, text):
        ip = addresses.read_ip(text) if self.is_ip4 else None
        return None if ip is None else self._index(ip - self.ip)

    def index_of_ip6(self, text):
        ip6 = addresses.read_ip6(text) if self.is_static else None
        return None if ip6 is None or ip6 >> 32 != self.ip6 >> 32 else self._index(ip6 - self.ip6)

    def _index(self, index):
        return index if 0 <= index < self.size else None

    def index_of(self, name, text, strict=True):
        """The index of an address given as MAC, IP or IP6; None if it is not in the range."""
        if name == "MAC":
            return self.index_of_mac(text, strict)
        return self.index_of_ip(text) if name == "IP" else self.index_of_ip6(text)

    def address(self, index):
        """The attributes of one address, as in leases."""
        found = {} if self.shared else {"MAC": addresses.write_mac(addresses.next_mac(self.mac, index))}
        found.update(self._ports(index))
        if self.is_ip4:
            found["IP"] = addresses.write_ip(self.ip + index)
        if self.is_ip6:
            mac = addresses.next_mac(self.mac, index)
            found["IP6_LINK"] = addresses.in_prefix(addresses.LINK_LOCAL, mac)
            found.update(self._prefixed("", mac))
        if self.is_static:
            found["IP6"] = addresses.write_ip6(_static(self.ip6, index))
        return found

    def _prefixed(self, suffix, mac):
        prefixes = (("IP6_ULA", self.ula6), ("IP6_GLOBAL", self.global6))
        return {f"{name}{suffix}": addresses.in_prefix(prefix, mac) for name, prefix in prefixes if prefix}

    def _ports(self, index):
        size, start = unsigned(self.vector.get("PORT_SIZE")), unsigned(self.vector.get("PORT_START"))
        if not size or not start:
            return {}
        first = start + index * size + 1
        return {"EXTERNAL_PORT_RANGE": f"{first}:{first + size - 1}", "INTERNAL_PORT_RANGE": f"1-{size}/{first}"}

    # --- leases

    def free_run(self, length):
        """The start of that many consecutive free addresses, searched from the last lease on; None without them."""
        for step in range(self.size if self.used < self.size else 0):
            start = (self.next + step) % self.size
            if start + length > self.size:
                continue
            if not any(index in self.allocated for index in range(start, start + length)):
                self.next = (start + length) % self.size
                return start
        return None

    def lease(self, index, owner, oid):
        self.allocated.setdefault(index, set()).add(owner_pack(owner, oid))
        self.note()

    def release(self, index, owner, oid):
        """Ends a lease; returns whether there was one."""
        owners = self.allocated.get(index, set())
        pack = owner_pack(owner, oid)
        if pack not in owners:
            return False
        owners.discard(pack)
        if not owners:
            del self.allocated[index]
        self.note()
        return True

    def release_all(self, owner, oid):
        """Ends all leases of an owner; returns how many there were."""
        indexes = [index for index, owners in self.allocated.items() if owner_pack(owner, oid) in owners]
        freed = sum(self.release(index, owner, oid) for index in indexes)
        self.note()
        return freed

    def release_run(self, start, length, owner, oid):
        """Ends the leases of an owner among the next `length` leased addresses from `start` on; returns how many there
        were.
        """
        if start not in self.allocated:
            return 0
        following = sorted(index for index in self.allocated if index >= start)[:length]
        return sum(self.release(index, owner, oid) for index in following)

    def note(self):
        """Writes leases and position to the vector, where the daemon stores them."""
        leases = ((index, owner) for index in sorted(self.allocated) for owner in sorted(self.allocated[index]))
        self.vector["ALLOCATED"] = "".join(f" {index} {owner}" for index, owner in leases)
        self.vector["NEXT_INDEX"] = str(self.next)

    def reserve(self, start, length, oid, network_id):
        """A new range for a reservation with consecutive addresses of this one; they are leased to that network."""
        for index in range(start, start + length):
            self.allocated.setdefault(index, set()).add(owner_pack("NET", network_id))
        self.note()
        vector = dict(self.vector, MAC=addresses.write_mac(addresses.next_mac(self.mac, start)))
        vector.update(self._ports(start))
        if self.is_ip4:
            vector["IP"] = addresses.write_ip(self.ip + start)
        if self.is_static:
            vector["IP6"] = addresses.write_ip6(_static(self.ip6, start))
        vector["SIZE"] = str(length)
        vector.pop("IPAM_MAD", None)
        carved = AddressRange(vector, oid)
        carved.vector["PARENT_NETWORK_AR_ID"] = str(self.oid)
        return carved

    # --- XML

    def xml(self):
        """The range as in pool calls."""
        return vector_xml("AR", self.vector)

    def full_xml(self, shows):
        """The range as in info calls; `shows(owner kind, number)` selects the leases."""
        stored = "".join(f"<{n}>{cdata(v)}</{n}>" for n, v in sorted(self.vector.items()) if n != "ALLOCATED")
        ends = "".join(f"<{name}>{cdata(value)}</{name}>" for name, value in self._ends())
        return f"<AR>{stored}{ends}<USED_LEASES>{self.used}</USED_LEASES>{self._leases_xml(shows)}</AR>"

    def _ends(self):
        last = addresses.NO_MAC if self.shared else addresses.next_mac(self.mac, self.size - 1)
        yield "MAC_END", addresses.write_mac(last)
        if self.is_ip4:
            yield "IP_END", addresses.write_ip(self.ip + self.size - 1)
        if self.is_ip6:
            yield from self._prefixed("", self.mac).items()
            yield from self._prefixed("_END", last).items()
        if self.is_static:
            yield "IP6_END", addresses.write_ip6(_static_end(self.ip6, self.size))

    def _leases_xml(self, shows):
        if not self.allocated:
            return "<LEASES/>"
        leases = []
        for index in sorted(self.allocated):
            for owner in sorted(self.allocated[index]):
                kind = next(name for name in OWNERS if owner & TYPES[name])
                number = owner & ID_MASK
                oid = HELD if number == ID_MASK else number
                if shows(kind, oid):
                    tag = "VNET" if kind == "NET" else kind
                    leases.append(vector_xml("LEASE", {tag: str(oid), **self.address(index)}))
        return f"<LEASES>{''.join(leases)}</LEASES>"


def _keep(vector, old, name, condition, drop=True):
    """Copies a value from `old` to `vector` if the condition is met, and otherwise (usually) removes it."""
    if condition:
        vector[name] = old.get(name, "")
    elif drop:
        vector.pop(name, None)


def _static(ip6, index):
    """A static address that many steps later: counting wraps within the lowest 32 bits."""
    return ip6 & ~addresses.LOW | (ip6 + index) & addresses.LOW


def _static_end(ip6, size):
    """The last static address; the two lowest words are counted separately, without a carry."""
    low = ip6 + size - 1 & addresses.LOW
    middle = (ip6 >> 32) + (size - 1 >> 32) & addresses.LOW
    return ip6 >> 64 << 64 | middle << 32 | low
