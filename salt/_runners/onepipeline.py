"""
Pipelines: images and templates, built and published stage by stage
====================================================================

Runs the pipelines that the pillar declares (``opennebula:pipelines``; see ``docs/publication.md``). Runs on a master,
and needs no minion; it uses the same pillar as :py:mod:`onelab <saltext.opennebula.runners.onelab>`.

Rights: the account Salt connects as is ``oneadmin`` or a member of group ``oneadmin``.
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
    ``publishes`` (``None`` for nothing), in an order in which they can be built. Makes no call.

    CLI Example:

    .. code-block:: bash

        salt-run onepipeline.list
    """
    return _pipeline.listed(globals(), locals())


def run(pipeline=None, module=None, build=None, test=False, limit=None, junit=None, profile=None, **kwargs):
    """
    Run a pipeline: each stage of each module as soon as the stage that it is created from is published, many at the
    same time. A failed stage skips only the stages created from it. Stages that this build has published are not built
    again, so running the same ``build`` again completes what was interrupted or failed.

    Returns the ``build``, the outcome of each stage (``stages``, by ``<module>-<stage>``: ``state``, ``said``,
    ``seconds``), and ``totals``. If a stage fails, ``salt-run`` also shows ``error``, and exits with 1. A module that
    another run works on is refused.

    pipeline
        Its name in the pillar.

    module
        Modules to build: names separated by commas, or a list. Defaults to all.

    build
        Name of this run, which its images and templates have as ``BUILD``. Defaults to the date, such as ``20260131``.

    test
        Show what would be done, and write nothing. Defaults to ``False``.

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
