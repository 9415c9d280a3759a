#!/bin/bash
# An error handler
job=$(aws iam generate-service-last-accessed-details --arn "$1" --query JobId --output text)
aws iam get-service-last-accessed-details --job-id "$job" || echo "Rate exceeded"
