# What is built every night, for the labs of the morning: salt-run onepipeline.run nightly
#
# Each stage is a VM that does its work and powers itself off, or reports READY; what ACTION means is up to the guest.
# Its disk is then published, image and template, as <module>-<stage>: here server-Daily and server-Instance.
opennebula:
  pipelines:
    nightly:
      # VMs at work at the same time, and earlier versions that stay though nothing uses them.
      limit: 10
      keep: 2
      stages:
        # Upgrades what the labs are made of. A pipeline that begins with an installation has a stage such as
        #   Fresh: {iso: debian-12-netinst, template: installer, datastore: default, size: 20G, timeout: 5400}
        # and `from: Fresh` in this one.
        Daily: {template: server, context: {ACTION: upgrade}, permissions: "644"}
        Instance: {from: Daily, context: {ACTION: configure}, permissions: "644"}
        # Publishes nothing: that its guest reports success is all that it is for.
        Tests: {from: Instance, context: {ACTION: test}, publish: false}
      modules:
        # A module says what is different for it, stage by stage.
        server: {}
