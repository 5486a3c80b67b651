{%- from tpldir ~ "/map.jinja" import gateway with context %}

include:
  - .config

{%- for unit in ("firewall", "network", "dnsmasq") %}

gateway service {{ unit }}:
  service.running:
    - name: onegateway-{{ unit }}
    - enable: true
    - require:
      - onegateway: gateway configuration
{%- endfor %}
