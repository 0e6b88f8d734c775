"""Forgets everything that moto has, and makes the bucket of the runs anew."""

import json
import sys
import urllib.request

import boto3

reset = urllib.request.Request(sys.argv[1] + "/moto-api/reset", method="POST")
urllib.request.urlopen(reset).read()
s3 = boto3.client("s3", endpoint_url=sys.argv[1], region_name="us-east-1",
                  aws_access_key_id="test", aws_secret_access_key="test")
s3.create_bucket(Bucket=sys.argv[2])
print(json.dumps(None))
