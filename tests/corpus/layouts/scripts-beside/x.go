type Row struct {
	ServiceName string `json:"ServiceName"`
	ServiceNamespace string `json:"ServiceNamespace"`
}
