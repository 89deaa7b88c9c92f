{{- /* springtide.toml: JSON's texts, numbers, truths and lists are TOML's too. Null leaves a key out. */ -}}
{{- define "springtide.toml" -}}
# Written by the Helm chart from `config`.
{{ range $key, $value := .Values.config -}}
{{- if not (or (kindIs "map" $value) (kindIs "invalid" $value)) -}}
{{ $key }} = {{ toJson $value }}
{{ end -}}
{{- end -}}
{{- range $table, $settings := .Values.config -}}
{{- if kindIs "map" $settings }}
[{{ $table }}]
{{ range $key, $value := $settings -}}
{{- if not (kindIs "invalid" $value) -}}
{{ toJson $key }} = {{ toJson $value }}
{{ end -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{- /* The ports of Kafka that `config` and `networkPolicy` name, as JSON. */ -}}
{{- define "springtide.kafkaPorts" -}}
{{- $ports := list -}}
{{- range splitList "," .Values.config.bootstrap_servers -}}
{{- $port := regexFind "[0-9]+$" (trim .) -}}
{{- $ports = append $ports (int (default "9092" $port)) -}}
{{- end -}}
{{- range .Values.networkPolicy.kafka.ports -}}
{{- $ports = append $ports (int .) -}}
{{- end -}}
{{- uniq $ports | toJson -}}
{{- end -}}

{{- /* The ports of URLs with commas between, as JSON. */ -}}
{{- define "springtide.urlPorts" -}}
{{- $ports := list -}}
{{- range splitList "," (default "" .) -}}
{{- if trim . -}}
{{- $url := urlParse (trim .) -}}
{{- $port := regexFind ":[0-9]+$" $url.host | trimPrefix ":" -}}
{{- $ports = append $ports (int (default (ternary "443" "80" (eq $url.scheme "https")) $port)) -}}
{{- end -}}
{{- end -}}
{{- uniq $ports | toJson -}}
{{- end -}}
