"""
Pipelines: images and templates, built and published stage by stage
====================================================================

Runs what the pillar declares under ``opennebula:pipelines`` (``docs/publication.md`` tells how). Runs on a master,
which needs no minion for it; the pillar is found as :py:mod:`onelab <salt.runners.onelab>` finds it.

Rights: the account Salt works as is ``oneadmin`` or a member of group ``oneadmin``.
"""

try:
    from onecore.bridge import pipelines as _pipeline
    from onecore.bridge import states as _bridge
except ImportError:
    from saltext.opennebula.utils.onecore.bridge import pipelines as _pipeline
    from saltext.opennebula.utils.onecore.bridge import states as _bridge

__virtualname__ = "onepipeline"
__func_alias__ = {"list_": "list"}


def __virtual__():
    return _bridge.virtual_runner(__virtualname__, 1, __opts__)


def list_(**kwargs):
    """
    Return the stages of the declared pipelines, each with ``pipeline``, ``module``, ``stage`` and what it
    ``publishes`` (``None`` for nothing), in an order in which they can be made. Makes no call.

    CLI Example:

    .. code-block:: bash

        salt-run onepipeline.list
    """
    return _pipeline.listed(globals(), locals())


def run(pipeline=None, module=None, build=None, test=False, limit=None, junit=None, profile=None, **kwargs):
    """
    Run a pipeline: each stage of each module once the stage it is made from is published, many side by side. What fails
    cuts off only what is made from it. Stages that are of this build already are left alone, so that running again with
    the same ``build`` completes what was interrupted or has failed.

    Returns the ``build``, what became of each stage (``stages``, by ``<module>-<stage>``: ``state``, ``said``,
    ``seconds``), and ``totals``. When a stage has failed it raises: ``salt-run`` shows the same and ``error``, and
    exits with 1. Refused while another run of this master makes one of the modules.

    pipeline
        Its name in the pillar.

    module
        Which modules: names, several of them separated by commas or as a list. Defaults to all.

    build
        What this run is called; what it makes carries it as ``BUILD``. Defaults to the date, such as ``20260131``.

    test
        Look at what would be done, and write nothing. Defaults to ``False``.

    limit
        How many VMs work at the same time. Defaults to the pipeline's ``limit``.

    junit
        Path of a JUnit XML file to write; needs the Python package ``junitparser``.

    profile
        Which of ``opennebula:profiles`` to connect to. Defaults to ``opennebula:connection``.

    CLI Example:

    .. code-block:: bash

        salt-run onepipeline.run nightly junit=nightly.xml
        salt-run onepipeline.run nightly module=scribe build=20260131
    """
    return _pipeline.work(globals(), locals())
