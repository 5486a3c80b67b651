"""The work of the drivers of virtual networks, some time after the call."""

from onesim.cloud.clock import transition
from onesim.errors import InternalError
from onesim.kinds.vnet.network import ERROR, LOCK_CREATE, LOCK_DELETE, READY, forget
from onesim.oned_conf import VN_DRIVERS


@transition("vnet.created")
def _created(cloud, oid):
    """The network's driver and address management have finished."""
    vnet = cloud.find("NET", oid)
    if vnet is None or vnet.state != LOCK_CREATE:
        return
    failure = cloud.faults.creation_failure("NET")
    if failure is None:
        failure = _missing_script(vnet, "vnet_create")
    if failure is None:
        failure = _set_up(vnet)
    vnet.state = READY if failure is None else ERROR
    if failure is not None:
        vnet.set_error(failure)
    cloud.update(vnet)


def _set_up(vnet):
    """Gives a network the data of its driver, and its address ranges; returns the error, or None."""
    vnet.take_template()
    vnet.template.erase("ERROR")
    vectors = vnet.template.vectors("AR")
    vnet.template.erase("AR")
    failure = None
    for vector in vectors:
        try:
            vnet.add_range(vector)
        except InternalError as error:
            failure = error.text
    return failure


def _missing_script(vnet, action):
    """The error of a driver that is configured with different case than its folder; otherwise None."""
    if vnet.driver in VN_DRIVERS:
        return None
    script = f"/var/lib/one/remotes/ipam/../vnm/{vnet.driver}/{action}"
    return f"Internal error No such file or directory - {script}"


@transition("vnet.deleted")
def _deleted(cloud, oid):
    vnet = cloud.find("NET", oid)
    if vnet is None or vnet.state != LOCK_DELETE:
        return
    failure = _missing_script(vnet, "vnet_delete")
    if failure is None:
        forget(cloud, vnet)
        return
    vnet.state = ERROR
    vnet.set_error(failure)
    cloud.update(vnet)
