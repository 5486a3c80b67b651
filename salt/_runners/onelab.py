"""
Labs: sets of VMs, rebuilt at will
==================================

Builds, resets, stops and destroys the VMs of the labs that the pillar declares (``labs`` of a blueprint or a user;
see ``docs/labs.md``). Runs on a master, and needs no minion:

.. code-block:: bash

    salt-run saltutil.sync_all
    salt-run onelab.list

It uses the pillar of the minion that the master option ``opennebula_minion`` names, or else that of the master itself
(``<its host name>_master``). The master option ``opennebula`` takes precedence, as in a minion's options:

.. code-block:: yaml

    opennebula_minion: cloud.example.org
    opennebula:
      connection: {endpoint: "http://127.0.0.1:2633/RPC2", auth_file: /etc/salt/one_auth}

Every function that changes something takes

lab, user, vm
    What to work on: names separated by commas, or a list. An omitted one means all; at least one must be given.

test
    Show what would be done, and write nothing. Defaults to ``False``.

limit
    How many VMs are worked on at the same time. Defaults to all of them.

junit
    Path of a JUnit XML file to write, for example for Jenkins; needs the Python package ``junitparser``.

profile
    Which of ``opennebula:profiles`` to connect to.

Each step is reported on standard error and as an event ``salt/run/<jid>/progress``. The function returns the outcome of
each VM (``vms``, by ``<user>/<name>``) and ``totals``; ``--out=json`` shows that as JSON. If anything fails,
``salt-run`` also shows ``error``, with the VMs that failed and why, and exits with 1. Labs that another run works on
are not changed, and count as failed.

Rights: the account Salt connects as is ``oneadmin`` or a member of group ``oneadmin``.
"""

try:
    from onecore.bridge import labs as _lab
    from onecore.bridge import states as _bridge
except ImportError:
    from saltext.opennebula.utils.onecore.bridge import labs as _lab
    from saltext.opennebula.utils.onecore.bridge import states as _bridge

__virtualname__ = "onelab"
__func_alias__ = {"list_": "list"}


def __virtual__():
    return _bridge.virtual_runner(__virtualname__, 1, __opts__)


def list_(user=None, lab=None, **kwargs):
    """
    Return the declared labs, each with ``user``, ``lab`` and ``vms``, in the order in which they start. Makes no call.

    user, lab
        Which: names, several of them separated by commas or as a list. Defaults to all.

    CLI Example:

    .. code-block:: bash

        salt-run onelab.list
        salt-run onelab.list user=alice --out=json
    """
    return _lab.listed(globals(), locals())


def status(user=None, lab=None, vm=None, profile=None, **kwargs):
    """
    Return what there is of the declared labs: a row a VM with ``user``, ``lab``, ``vm``, ``id``, ``state``, ``ip`` (of
    its first NIC) and ``ready``.

    user, lab, vm
        Which: names, several of them separated by commas or as a list. Defaults to all.

    profile
        Which of ``opennebula:profiles`` to connect to.

    CLI Example:

    .. code-block:: bash

        salt-run onelab.status --out=json
    """
    return _lab.state(globals(), locals())


def build(lab=None, user=None, vm=None, test=False, limit=None, junit=None, profile=None, **kwargs):
    """
    Create the VMs of labs as declared, each one when those that it comes ``after`` are ready, and take the declared
    snapshots. VMs that are as declared are not changed.

    lab, user, vm, test, limit, junit, profile
        As above.

    CLI Example:

    .. code-block:: bash

        salt-run onelab.build school user=alice,bob
        salt-run onelab.build school user=alice test=True
    """
    return _lab.work(globals(), "build", locals())


def reset(lab=None, user=None, vm=None, test=False, limit=None, junit=None, profile=None, **kwargs):
    """
    Revert all disks of VMs to the declared snapshot, or else to the oldest one of each disk. The VM is powered off for
    that, and then brought to the declared power state.

    lab, user, vm, test, limit, junit, profile
        As above.

    CLI Example:

    .. code-block:: bash

        salt-run onelab.reset user=alice vm=web
    """
    return _lab.work(globals(), "reset", locals())


def rebuild(lab=None, user=None, vm=None, strategy="auto", test=False, limit=None, junit=None, profile=None, **kwargs):
    """
    Give VMs the current content of their template, and create those that do not exist.

    strategy
        ``revert`` to the initial snapshots, ``recreate`` from the same images, ``redeploy`` a new VM of the same name,
        owner and addresses, or ``auto``: the fastest of these that gives the current content. The VM's comment says
        which one was chosen, and why. Defaults to ``auto``.

    lab, user, vm, test, limit, junit, profile
        As above.

    CLI Example:

    .. code-block:: bash

        salt-run onelab.rebuild school user=alice,bob junit=/tmp/school.xml
        salt-run onelab.rebuild school user=alice strategy=redeploy test=True
    """
    return _lab.work(globals(), "rebuild", locals(), strategy=strategy)


def stop(lab=None, user=None, vm=None, test=False, limit=None, junit=None, profile=None, **kwargs):
    """
    Power VMs off, in the reverse of their order. ``build`` starts them again.

    lab, user, vm, test, limit, junit, profile
        As above.

    CLI Example:

    .. code-block:: bash

        salt-run onelab.stop user=alice
    """
    return _lab.work(globals(), "stop", locals())


def destroy(lab=None, user=None, vm=None, test=False, limit=None, junit=None, profile=None, **kwargs):
    """
    Remove the VMs of labs, also those that the pillar does not declare any more. Only VMs are touched that carry the
    mark of these states and the lab's name.

    lab
        Names, several of them separated by commas or as a list; there is no default.

    user, vm, test, limit, junit, profile
        As above.

    CLI Example:

    .. code-block:: bash

        salt-run onelab.destroy school user=alice junit=/tmp/school.xml
    """
    return _lab.work(globals(), "destroy", locals())
