package main

type row struct {
	ServiceNamespace string `json:"ServiceNamespace"`
	LastAuthenticated *string
}
