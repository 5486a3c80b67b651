{%- from tpldir ~ "/map.jinja" import gateway, said with context %}

include:
  - .package

gateway apt proxy:
{%- if said.get("apt_proxy") %}
  file.managed:
    - name: {{ gateway.apt_config }}
    - contents: Acquire::http::Proxy "{{ said.apt_proxy }}";
    - mode: "0644"
    # Before packages are fetched.
    - require_in:
      - pkg: gateway packages
{%- else %}
  file.absent:
    - name: {{ gateway.apt_config }}
{%- endif %}
    - require:
      - onegateway: gateway pillar
