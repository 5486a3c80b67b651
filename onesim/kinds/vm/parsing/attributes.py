"""The attributes of a new VM from a template: each is checked, and moved to its place."""

import re
import uuid

from onesim.errors import InternalError
from onesim.kinds.image import image as images
from onesim.kinds.template import check_raw
from onesim.kinds.vm.parsing.context import VROUTER_ATTRIBUTES
from onesim.kinds.vm.parsing.variables import files, substitute
from onesim.text.values import join, unsigned, yes, yes_no

_WELL_KNOWN = ("INPUT", "RAW", "CLONING_TEMPLATE_ID", "TOPOLOGY", "NUMA_NODE", "HYPERV_OPTIONS", "SPICE_OPTIONS")
_SWITCHES = ("PAE", "ACPI", "APIC", "HYPERV", "LOCALTIME", "GUEST_AGENT", "RAS", "MIGRATE_COMPRESSED")
_NOT_IN_NIC_DEFAULT = ("NETWORK_ID", "NETWORK", "NETWORK_UID", "NETWORK_UNAME")
_PCI_PLACE = ("DOMAIN", "BUS", "SLOT", "FUNCTION", "ADDRESS", "PREV_ADDRESS", "NUMA_NODE", "UUID", "MDEV_MODE")
_NODES = re.compile(r"[0-9]+(-[0-9]+)?(,[0-9]+(-[0-9]+)?)*")
PCI_BUS = "0x01"
LONGEST_PASSWORD = {"spice": 59, "vnc": 8}


def shown(value):
    """A number as the daemon writes it: at most six digits."""
    return f"{value:g}" if isinstance(value, float) else str(value)


def move(vm, name):
    """Moves all attributes of a name from the user's template to the VM; returns the vectors."""
    vectors, texts = vm.template.vectors(name), vm.template.singles(name)
    vm.template.erase(name)
    for value in vectors + texts:
        vm.spec.add(name, value)
    return vectors


def move_vectors(vm, name):
    """Like `move`, but drops values that are not vectors."""
    vectors = vm.template.vectors(name)
    vm.template.erase(name)
    for vector in vectors:
        vm.spec.add(name, vector)
    return vectors


def take_basics(vm):
    """Capacity, cost, features, boot and devices: attributes without references, except for files to boot from."""
    for name in _WELL_KNOWN:
        move(vm, name)
    _take_text(vm, "EMULATOR")
    _take_capacity(vm)
    for name in ("CPU_COST", "MEMORY_COST", "DISK_COST"):
        cost = vm.template.number(name)
        if cost is not None:
            _check(cost >= 0, f"{name} attribute must be a positive float or integer value.")
            _put(vm, name, cost)


def _check(condition, refusal):
    if not condition:
        raise InternalError(refusal)


def _put(vm, name, value):
    vm.template.erase(name)
    vm.spec.add(name, shown(value))


def _take_text(vm, name):
    if vm.template.get(name):
        vm.spec.add(name, vm.template.erase(name))


def _take_capacity(vm):
    template = vm.template
    memory = template.integer("MEMORY", 64)
    _check(memory is not None and memory > 0, "MEMORY attribute must be a positive integer value.")
    _put(vm, "MEMORY", memory)
    if template.singles("MEMORY_RESIZE_MODE"):
        mode = template.get("MEMORY_RESIZE_MODE").upper()
        _check(mode in ("BALLOONING", "HOTPLUG"), f"Unknown MEMORY_RESIZE_MODE: {mode}")
        _put(vm, "MEMORY_RESIZE_MODE", mode)
    _take_positive(vm, "MEMORY_MAX")
    _take_positive(vm, "MEMORY_SLOTS")
    cpu = template.number("CPU")
    _check(cpu is not None and cpu > 0, "CPU attribute must be a positive float or integer value.")
    _put(vm, "CPU", cpu)
    if template.get("VCPU"):
        vcpu = template.integer("VCPU", 64)
        _check(vcpu is not None and vcpu > 0, "VCPU attribute must be a positive integer value.")
        _put(vm, "VCPU", vcpu)
    _take_positive(vm, "VCPU_MAX")


def _take_positive(vm, name):
    value = vm.template.integer(name, 64)
    if value is not None and value > 0:
        _put(vm, name, value)


def take_devices(cloud, vm):
    """Features, boot order, security devices, raw data, PCI devices, the defaults of NICs."""
    if check_features(vm.template):
        move(vm, "FEATURES")
    _take_os(cloud, vm)
    _take_iommu(vm)
    for name, needed in (("TPM", "MODEL"), ("MEMORY_ENCRYPTION", "TYPE")):
        for vector in move_vectors(vm, name):
            _check(vector.get(needed), f"{name} attribute is missing required key: {needed}")
    _take_first(vm, "CPU_MODEL")
    check_raw(vm.spec)
    for pci_id, pci in enumerate(move_vectors(vm, "PCI")):
        pci["PCI_ID"] = str(pci_id)
    for pci in vm.spec.vectors("PCI"):
        check_pci(pci)
    _take_nic_default(vm)
    for name in VROUTER_ATTRIBUTES:
        value = vm.template.erase(name)
        if value:
            vm.spec.set(name, value)


def _take_first(vm, name):
    """Moves the first vector of a name, and drops the others."""
    vectors = vm.template.vectors(name)
    vm.template.erase(name)
    if not vectors:
        return None
    vm.spec.set(name, vectors[0])
    return vectors[0]


def check_features(template):
    """Checks and normalizes the features of the hypervisor in a template; returns whether there are any."""
    features = template.vector("FEATURES")
    if features is None:
        return False
    for name in _SWITCHES:
        if features.get(name):
            features[name] = yes_no(yes(features[name]))
    if features.get("GIC") and features["GIC"] not in ("2", "3"):
        features["GIC"] = "host"
    rates = features.get("MIGRATE_AUTO_CONVERGE")
    if rates:
        parts = [part.strip() for part in rates.split(",")]
        start = f'Wrong FEATURES/MIGRATE_AUTO_CONVERGE value: "{rates}". '
        fitting = len(parts) <= 2 and all(re.fullmatch("[0-9]+", part) for part in parts)
        _check(fitting, f"{start}Expected initial[,increment]")
        _check(
            all(int(part) <= 100 for part in parts), f"{start}Initial and increment values must be between 0 and 100"
        )
        features["MIGRATE_AUTO_CONVERGE"] = ",".join(parts)
    return True


def _take_os(cloud, vm):
    vectors = move(vm, "OS")
    count = len(vectors) + len(vm.spec.singles("OS"))
    _check(count <= 1, "Only one OS attribute can be defined.")
    _check(len(vectors) == count, "Internal error parsing OS attribute.")
    if not vectors:
        vm.spec.add("OS", {})
    os = vm.spec.vector("OS")
    _take_file(cloud, vm, os, "KERNEL", images.KERNEL)
    _take_file(cloud, vm, os, "INITRD", images.RAMDISK)
    if not os.get("UUID"):
        os["UUID"] = str(uuid.uuid4())


def _take_file(cloud, vm, os, name, kind):
    """Finds the image of a kernel or ramdisk."""
    text = os.get(f"{name}_DS")
    if not text:
        return
    found = files(cloud, vm, text)
    _check(len(found) == 1, f"Only one FILE variable can be used in: {text}")
    image = found[0]
    os.pop(name, None)
    os[f"{name}_DS_ID"], os[f"{name}_DS_SOURCE"] = str(image.oid), image.source
    os[f"{name}_DS_DSID"] = str(image.datastore_id)
    type_name = images.TYPES[image.type]
    _check(image.type == kind, f"{name} needs an image of type {images.TYPES[kind]} and not {type_name}")
    _check(image.state == images.READY, f"{type_name} Image '{image.oid} 'not in READY state.")
    datastore = cloud.find("DATASTORE", image.datastore_id)
    _check(datastore is not None, "Associated datastore for image does not exist")
    os[f"{name}_DS_TM"] = datastore.tm_mad
    if datastore.clusters:
        os[f"{name}_DS_CLUSTER_ID"] = join(datastore.clusters)


def _take_iommu(vm):
    iommu = _take_first(vm, "IOMMU")
    if iommu is None:
        return
    model, mode = iommu.get("MODEL", "").lower(), iommu.get("MODE", "").lower()
    _check(model in ("intel", "virtio", "smmuv3", "amd"), "Unknown IOMMU model; must be intel, virtio, smmuv3 or amd")
    arm = vm.spec.vector("OS").get("ARCH") == "aarch64"
    _check(arm or model != "smmuv3", "IOMMU model smmuv3 requires ARM guests")
    _check(vm.is_machine("q35", "virt"), "IOMMU device requires a Q35/virt guest")
    iommu["MODEL"] = model
    _check(mode in ("single", "device"), "Unknown IOMMU mode; must be single or device")
    iommu["MODE"] = mode


def check_pci(pci):
    """Checks a PCI device of a template."""
    found = False
    for name in ("VENDOR", "DEVICE", "CLASS"):
        if pci.get(name):
            _check(_hexadecimal(pci[name]), f"Wrong Hex value for PCI attribute {name}")
            found = True
    address = pci.get("SHORT_ADDRESS")
    _check(address or found, "SHORT_ADDRESS, DEVICE, VENDOR or CLASS must be defined for PCI.")
    _check(not (address and found), "SHORT_ADDRESS cannot be set with DEVICE, VENDOR or CLASS")
    if pci.get("ROOT"):
        pci["ROOT"] = pci["ROOT"].lower()
        _check(pci["ROOT"] in ("shared", "dedicated"), "Unknown PCI root mode, has to be SHARED or DEDICATED")
    if pci.get("ACPI_NODES"):
        _check(_NODES.fullmatch(pci["ACPI_NODES"]), "Invalid nodeset specification in ACPI_NODES")
    if pci.get("VM_BUS"):
        _check(_hexadecimal(pci["VM_BUS"]), "Wrong VM_BUS in PCI attribute")
    else:
        pci["VM_BUS"] = PCI_BUS
    for name in _PCI_PLACE:
        pci.pop(name, None)


def _hexadecimal(text):
    return re.fullmatch(r"\s*(0[xX])?[0-9a-fA-F]{1,8}", text)


def _take_nic_default(vm):
    vectors, texts = vm.template.vectors("NIC_DEFAULT"), vm.template.singles("NIC_DEFAULT")
    vm.template.erase("NIC_DEFAULT")
    _check(len(vectors) + len(texts) <= 1, "Only one NIC_DEFAULT attribute can be defined.")
    _check(not texts, "Wrong format for NIC_DEFAULT attribute.")
    for default in vectors:
        for name in _NOT_IN_NIC_DEFAULT:
            _check(not default.get(name), f"Attribute {name} is not allowed inside NIC_DEFAULT.")
        vm.spec.add("NIC_DEFAULT", default)


def set_boot_order(spec):
    """Numbers disks and NICs in the order of OS/BOOT."""
    devices = {"DISK": spec.vectors("DISK"), "NIC": spec.vectors("NIC")}
    for vectors in devices.values():
        for vector in vectors:
            vector.pop("ORDER", None)
    order = (spec.vector("OS") or {}).get("BOOT", "")
    index = 1
    for word in [word for word in order.upper().split(",") if word]:
        match = re.fullmatch("(DISK|NIC)([0-9]+)", word)
        if not match:
            raise InternalError(f'Wrong OS/BOOT value: "{order}" should be a comma-separated list of disk# or nic#')
        name = f"{match[1]}_ID"
        found = [vector for vector in devices[match[1]] if vector.get(name) == str(int(match[2]))]
        _check(found, f"Wrong OS/BOOT value. Device with {name} {int(match[2])} not found")
        for vector in found:
            vector["ORDER"] = str(index)
            index += 1


def take_requirements(cloud, vm):
    """Replaces the variables in the host requirements of the user."""
    template = vm.template
    name = "SCHED_REQUIREMENTS" if "SCHED_REQUIREMENTS" in template else "REQUIREMENTS"
    vectors, texts = template.vectors(name), template.singles(name)
    template.erase("SCHED_REQUIREMENTS")
    template.erase("REQUIREMENTS")
    _check(len(vectors) + len(texts) <= 1, "Only one SCHED_REQUIREMENTS attribute can be defined.")
    _check(not vectors, "Wrong format for SCHED_REQUIREMENTS attribute.")
    for text in texts:
        template.add("SCHED_REQUIREMENTS", substitute(cloud, vm, text))


def take_graphics(template, spec):
    """Checks the remote display of a template, and adds it to the VM."""
    vectors = template.vectors("GRAPHICS")
    template.erase("GRAPHICS")
    if not vectors:
        return
    graphics = vectors[0]
    spec.set("GRAPHICS", graphics)
    if graphics.get("PORT"):
        port = unsigned(graphics["PORT"])
        _check(port is not None and port <= 65535, "Wrong PORT number in GRAPHICS attribute")
    if yes(graphics.get("RANDOM_PASSWD")) and not graphics.get("PASSWD"):
        graphics["PASSWD"] = uuid.uuid4().hex
    longest = LONGEST_PASSWORD.get(graphics.get("TYPE", "").lower())
    if longest and len(graphics.get("PASSWD", "")) > longest:
        graphics["PASSWD"] = graphics["PASSWD"][:longest]


def take_video(template, spec):
    """Checks the video device of a template, and adds it to the VM."""
    vectors = template.vectors("VIDEO")
    template.erase("VIDEO")
    if not vectors:
        return
    video = vectors[0]
    spec.set("VIDEO", video)
    kind = video.get("TYPE", "").lower()
    _check(kind, "Video TYPE is required")
    _check(
        kind in ("vga", "cirrus", "none", "virtio"),
        "Invalid video TYPE, should be either: none, vga, cirrus, or virtio",
    )
    video["TYPE"] = kind
    special = yes(video.get("IOMMU")) or yes(video.get("ATS"))
    _check(not special or kind == "virtio", "IOMMU and ATS are only available for virtio TYPE")
    if video.get("VRAM"):
        _check((unsigned(video["VRAM"]) or 0) >= 1024, "Invalid VRAM value in VIDEO attribute, must be >= 1024")
    if video.get("RESOLUTION"):
        _check(re.fullmatch("[0-9]+x[0-9]+", video["RESOLUTION"]), "Invalid RESOLUTION string format")


def take_deploy_id(vm):
    """The ID of an imported VM in its hypervisor."""
    deploy_id = vm.template.erase("DEPLOY_ID")
    if deploy_id:
        _check(not re.fullmatch("one-[0-9]+", deploy_id), "Trying to import an OpenNebula VM: 'one-*'.")
        vm.spec.add("IMPORTED", "YES")
        vm.deploy_id = deploy_id
