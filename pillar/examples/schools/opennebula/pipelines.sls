# Images and templates that are built every night for labs: salt-run onepipeline.run nightly
#
# Each stage is a VM that does its work and powers itself off, or reports READY. The software in the guest interprets
# ACTION. The disk is then published as an image and a template <module>-<stage>: here server-Daily and server-Instance.
opennebula:
  pipelines:
    nightly:
      # The number of VMs that run at the same time, and of earlier versions to keep.
      limit: 10
      keep: 2
      stages:
        # Upgrades the image of the labs. A pipeline that begins with an installation has a stage such as
        #   Fresh: {iso: debian-12-netinst, template: installer, datastore: default, size: 20G, timeout: 5400}
        # and `from: Fresh` in this one.
        Daily: {template: server, context: {ACTION: upgrade}, permissions: "644"}
        Instance: {from: Daily, context: {ACTION: configure}, permissions: "644"}
        # Publishes nothing: its guest only reports whether the tests succeeded.
        Tests: {from: Instance, context: {ACTION: test}, publish: false}
      modules:
        # A module contains its differences, by stage.
        server: {}
