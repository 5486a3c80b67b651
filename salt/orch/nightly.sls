# Runs a pipeline, which builds images and templates.
#
#   salt-run state.orchestrate orch.nightly pillar='{pipeline: nightly, junit: nightly.xml}' --out=opennebula
#
# pipeline: its name, by default "nightly"; module, build, limit, junit, profile, test: as for onepipeline.run.
pipeline:
  salt.runner:
    - name: onepipeline.run
    - pipeline: {{ pillar.get('pipeline', 'nightly') | tojson }}
{%- for key in ('module', 'build', 'limit', 'junit', 'profile', 'test') if key in pillar %}
    - {{ key }}: {{ pillar[key] | tojson }}
{%- endfor %}
