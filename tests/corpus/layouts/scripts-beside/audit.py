import boto3
for s in r["ServicesLastAccessed"]:
    ServiceNamespace = s["ServiceNamespace"]
    LastAuthenticated = s.get("LastAuthenticated")
    rows.append({"JobStatus": r["JobStatus"], "ServiceNamespace": ServiceNamespace})
