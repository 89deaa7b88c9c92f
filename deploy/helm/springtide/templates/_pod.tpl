{{- /* What the pods of the pipeline and of the Job have alike. */ -}}
{{- define "springtide.podBase" -}}
serviceAccountName: {{ include "springtide.serviceAccount" . }}
automountServiceAccountToken: false
enableServiceLinks: false
{{- with .Values.imagePullSecrets }}
imagePullSecrets: {{ toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.priorityClassName }}
priorityClassName: {{ . }}
{{- end }}
{{- with .Values.nodeSelector }}
nodeSelector: {{ toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.tolerations }}
tolerations: {{ toYaml . | nindent 2 }}
{{- end }}
securityContext: {{ toYaml .Values.podSecurityContext | nindent 2 }}
{{- end -}}

{{- define "springtide.volumes" -}}
- name: config
  configMap:
    name: {{ include "springtide.fullname" . }}
{{- with include "springtide.rulesConfigMap" . }}
- name: rules
  configMap:
    name: {{ . }}
{{- end }}
{{- with .Values.files }}
- name: files
  projected:
    # Readable for the group that the pod's files belong to, and for nobody else.
    defaultMode: 0440
    sources:
      {{- range $name, $from := . }}
      {{- if $from.secret }}
      - secret:
          name: {{ $from.secret }}
          items: [{ key: {{ $from.key | quote }}, path: {{ $name | quote }} }]
      {{- else }}
      - configMap:
          name: {{ $from.configMap }}
          items: [{ key: {{ $from.key | quote }}, path: {{ $name | quote }} }]
      {{- end }}
      {{- end }}
{{- end }}
{{- end -}}

{{- define "springtide.mounts" -}}
- name: config
  mountPath: /etc/springtide
  readOnly: true
{{- if include "springtide.rulesConfigMap" . }}
- name: rules
  mountPath: /etc/springtide-rules
  readOnly: true
{{- end }}
{{- if .Values.files }}
- name: files
  mountPath: /run/secrets/springtide
  readOnly: true
{{- end }}
{{- end -}}

{{- define "springtide.env" -}}
- name: SPRINGTIDE_CONFIG
  value: /etc/springtide/springtide.toml
- name: RUST_LOG
  value: {{ .Values.log | quote }}
{{- with .Values.extraEnv }}
{{ toYaml . }}
{{- end }}
{{- end -}}
