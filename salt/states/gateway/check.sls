{%- from tpldir ~ "/map.jinja" import gateway with context %}

gateway pillar:
  onegateway.validated:
    - masters: {{ gateway.masters | json }}
    - order: first
    - failhard: true
