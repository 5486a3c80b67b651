"""The PCI devices of hosts, which VM uses each of them, and its address in the guest."""

from onesim.text.templates import cdata
from onesim.text.values import integer

NOBODY = "-1"
_TOLD = ("DOMAIN", "BUS", "SLOT", "FUNCTION", "ADDRESS", "SHORT_ADDRESS", "VENDOR", "DEVICE", "CLASS", "NUMA_NODE")
_CHOSEN_BY = ("VENDOR", "DEVICE", "CLASS")
_NVIDIA, _ASMEDIA, _AMD, _BROADCOM, _MELLANOX = "10de", "1b21", "1022", "14e4", "15b3"
_VENDORS = {
    _NVIDIA: "NVIDIA Corporation",
    _ASMEDIA: "ASMedia Technology Inc.",
    _AMD: "Advanced Micro Devices, Inc.",
    _BROADCOM: "Broadcom Inc. and subsidiaries",
    _MELLANOX: "Mellanox Technologies",
}
_CLASSES = {"0302": "3D controller", "0c03": "USB controller", "0200": "Ethernet controller"}
_VIRTUAL = (_MELLANOX, "1016", "0200", "MT27710 Family [ConnectX-4 Lx Virtual Function]", "0", "vf")
_PROFILES = "1145 1B,1146 2B,1147 1Q,1148 2Q,1149 3Q,1150 4Q,1151 6Q,1152 8Q,1153 12Q,1154 16Q,1155 24Q,1156 48Q"
_PROFILES += ",1157 1A,1158 2A,1159 3A,1160 4A,1161 6A,1162 8A,1163 12A,1164 16A,1165 24A,1166 48A"


def _reported():
    """The devices of the dummy monitor: (short address, vendor, device, class, name, node, SR-IOV, interface, more)."""
    words = (profile.split() for profile in _PROFILES.split(","))
    profiles = ",".join(f"{number} (NVIDIA L40S-{name})" for number, name in words)
    yield "02:00.0", _NVIDIA, "0863", "0302", "C79 [GeForce 9400M]", "1", "no", "-", {"PROFILES": profiles}
    yield "00:06.0", _ASMEDIA, "0aa7", "0c03", "MCP79 OHCI USB 1.1 Controller", "1", "no", "-", {}
    yield "00:06.1", _AMD, "0aa9", "0c03", "MCP79 EHCI USB 2.0 Controller", "0", "no", "-", {}
    broadcom = "NetXtreme BCM5720 Gigabit Ethernet PCIe"
    yield "04:00.1", _BROADCOM, "165f", "0200", broadcom, "0", "no", "eno8403", {}
    for function in range(2):
        port = "MT27710 Family [ConnectX-4 Lx]", "0", "pf", f"pf{function}", {"SRIOV_NUM": "8"}
        yield f"81:00.{function}", _MELLANOX, "1015", "0200", *port
    for slot, functions in enumerate((range(2, 8), range(8), range(2))):
        for function in functions:
            yield f"81:{slot:02d}.{function}", *_VIRTUAL, f"vf{slot:02d}{function}", {}


def _device(short, vendor, device, sort, name, node, sriov, interface, more):
    bus, rest = short.split(":")
    slot, function = rest.split(".")
    said = {
        "ADDRESS": f"0000:{bus}:{slot}:{function}", "DOMAIN": "0000", "BUS": bus, "SLOT": slot, "FUNCTION": function,
        "SHORT_ADDRESS": short, "VENDOR": vendor, "VENDOR_NAME": _VENDORS[vendor], "DEVICE": device,
        "DEVICE_NAME": name, "CLASS": sort, "CLASS_NAME": _CLASSES[sort], "TYPE": f"{vendor}:{device}:{sort}",
        "NUMA_NODE": node, "SRIOV": sriov, "IFNAME": interface, "VMID": NOBODY,
    }  # fmt: skip
    return dict(sorted({**said, **more}.items()))


class Devices:
    """The devices of one host, by address; empty until its monitor has reported them."""

    def __init__(self):
        self.by_address = {}

    def report(self):
        """Add the devices that the monitor reports; known devices keep their VM."""
        for each in _reported():
            device = _device(*each)
            self.by_address.setdefault(device["ADDRESS"], device)

    def xml(self):
        return "".join(
            f"<PCI>{''.join(f'<{tag}>{cdata(value)}</{tag}>' for tag, value in device.items())}</PCI>"
            for device in self.by_address.values()
        )

    def fit(self, wanted):
        """Whether there is a free device for each wanted one."""
        taken = []
        return all(self._choose(pci, taken) is not None for pci in _in_order(wanted))

    def assign(self, vm_id, wanted):
        """Assign to a VM the wanted devices that it does not have yet; returns whether there was one for each."""
        vm_id, done = str(vm_id), True
        for pci in _in_order(wanted):
            present = self.by_address.get(pci.get("ADDRESS"))
            if present is not None and present["VMID"] == vm_id:
                continue
            device = self._choose(pci, [])
            if device is None:
                done = False
                continue
            device["VMID"] = vm_id
            if pci.get("ADDRESS"):
                pci["PREV_ADDRESS"] = pci["ADDRESS"]
            pci.update((name, device[name]) for name in _TOLD)
        return done

    def free(self, vm_id, had):
        """Release the devices of a VM, starting with those of the host that it has left."""
        for pci in had:
            for name in ("PREV_ADDRESS", "ADDRESS"):
                device = self.by_address.get(pci.get(name))
                if device is not None and device["VMID"] == str(vm_id):
                    device["VMID"] = NOBODY
                    del pci[name]
                    break

    def _choose(self, pci, taken):
        """The first free device, in the order of addresses, that is not taken and has the wanted address or type."""
        for _, device in sorted(self.by_address.items()):
            if device["VMID"] == NOBODY and device["ADDRESS"] not in taken and _suits(pci, device):
                taken.append(device["ADDRESS"])
                return device
        return None


def _in_order(wanted):
    """The wanted devices, those wanted by address first."""
    return sorted(wanted, key=lambda pci: not _is_by_address(pci))


def _is_by_address(pci):
    return bool(pci.get("SHORT_ADDRESS")) and not any(pci.get(name) for name in _CHOSEN_BY)


def _suits(pci, device):
    if _is_by_address(pci):
        return device["SHORT_ADDRESS"] == pci["SHORT_ADDRESS"]
    return all(not pci.get(name) or int(pci[name], 16) == int(device[name], 16) for name in _CHOSEN_BY)


def place_in_guest(vm, pci):
    """The address of a device in its guest: a slot of a shared bus, or the only slot of a bus of its own."""
    bus, slot = int(pci["VM_BUS"], 16), (integer(pci["PCI_ID"]) or 0) + 1
    if vm.is_machine("q35", "virt"):
        bus, slot = slot, 0
    pci.update(VM_DOMAIN="0x0000", VM_FUNCTION="0", VM_SLOT=_hexadecimal(slot), VM_BUS=_hexadecimal(bus))
    pci["VM_ADDRESS"] = f"{bus:02x}:{slot:02x}.0"


def _hexadecimal(number):
    return f"0x{number:02x}" if number else "0000"
