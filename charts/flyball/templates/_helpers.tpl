{{- define "flyball.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" }}
{{- end }}

{{- define "flyball.fullname" -}}
{{- if .Values.fullnameOverride }}
{{- .Values.fullnameOverride | trunc 50 | trimSuffix "-" }}
{{- else if contains (include "flyball.name" .) .Release.Name }}
{{- .Release.Name | trunc 50 | trimSuffix "-" }}
{{- else }}
{{- printf "%s-%s" .Release.Name (include "flyball.name" .) | trunc 50 | trimSuffix "-" }}
{{- end }}
{{- end }}

{{- /* Objects of the cluster, of which several releases may have their own. */}}
{{- define "flyball.clustername" -}}
{{- printf "%s:%s" .Release.Namespace (include "flyball.fullname" .) }}
{{- end }}

{{- define "flyball.selector" -}}
app.kubernetes.io/name: {{ include "flyball.name" . | quote }}
app.kubernetes.io/instance: {{ .Release.Name | quote }}
{{- end }}

{{- define "flyball.labels" -}}
{{ include "flyball.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service | quote }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- with .Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{- define "flyball.account" -}}
{{- if .Values.serviceAccount.create }}
{{- default (include "flyball.fullname" .) .Values.serviceAccount.name }}
{{- else }}
{{- required "serviceAccount.name: serviceAccount.create is false: name the account that exists" .Values.serviceAccount.name }}
{{- end }}
{{- end }}

{{- define "flyball.installer" -}}
{{- include "flyball.fullname" . }}-installer
{{- end }}

{{- /* The namespaces that it has, as arguments; none where it has the whole cluster. */}}
{{- define "flyball.watched" -}}
{{- $arguments := list }}
{{- range .Values.watchNamespaces }}
{{- $arguments = append $arguments (printf "--watch-namespace=%s" .) }}
{{- end }}
{{- toJson $arguments }}
{{- end }}

{{- define "flyball.image" -}}
{{- $path := .Values.image.repository }}
{{- with .Values.image.registry }}{{ $path = printf "%s/%s" . $path }}{{ end }}
{{- if .Values.image.digest }}
{{- printf "%s@%s" $path .Values.image.digest }}
{{- else }}
{{- printf "%s:%s" $path (default .Chart.AppVersion .Values.image.tag) }}
{{- end }}
{{- end }}

{{- /* The Job of a hook: a dict of root, name, hook, args, retries, deadline and, if it has any, objects. */}}
{{- define "flyball.job" -}}
{{- $root := .root }}
apiVersion: batch/v1
kind: Job
metadata:
  name: {{ include "flyball.fullname" $root }}-{{ .name }}
  namespace: {{ $root.Release.Namespace | quote }}
  labels:
    {{- include "flyball.labels" $root | nindent 4 }}
  annotations:
    helm.sh/hook: {{ .hook }}
    helm.sh/hook-weight: "5"
    helm.sh/hook-delete-policy: before-hook-creation,hook-succeeded
spec:
  backoffLimit: {{ .retries }}
  activeDeadlineSeconds: {{ .deadline }}
  ttlSecondsAfterFinished: 3600
  template:
    metadata:
      labels:
        {{- include "flyball.selector" $root | nindent 8 }}
        app.kubernetes.io/component: {{ .name }}
    spec:
      restartPolicy: Never
      serviceAccountName: {{ include "flyball.installer" $root | quote }}
      {{- with $root.Values.imagePullSecrets }}
      imagePullSecrets:
        {{- toYaml . | nindent 8 }}
      {{- end }}
      securityContext:
        {{- toYaml $root.Values.podSecurityContext | nindent 8 }}
      {{- with $root.Values.nodeSelector }}
      nodeSelector:
        {{- toYaml . | nindent 8 }}
      {{- end }}
      {{- with $root.Values.tolerations }}
      tolerations:
        {{- toYaml . | nindent 8 }}
      {{- end }}
      containers:
      - name: {{ .name | quote }}
        image: {{ include "flyball.image" $root | quote }}
        imagePullPolicy: {{ $root.Values.image.pullPolicy | quote }}
        args: {{ toJson .args }}
        env:
        - {name: POD_NAMESPACE, valueFrom: {fieldRef: {fieldPath: metadata.namespace}}}
        terminationMessagePolicy: FallbackToLogsOnError
        securityContext:
          {{- toYaml $root.Values.securityContext | nindent 10 }}
        resources:
          {{- toYaml $root.Values.hooks.resources | nindent 10 }}
        {{- if .objects }}
        volumeMounts:
        - {name: objects, mountPath: /objects, readOnly: true}
        {{- end }}
      {{- with .objects }}
      volumes:
      - {name: objects, configMap: {name: {{ . | quote }}}}
      {{- end }}
{{- end }}
