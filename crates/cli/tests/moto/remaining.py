"""Prints the digests that a repository still has."""

import json
import sys

import boto3

ecr = boto3.client("ecr", endpoint_url=sys.argv[1], region_name="us-east-1",
                   aws_access_key_id="test", aws_secret_access_key="test")
images = ecr.describe_images(repositoryName=sys.argv[2])["imageDetails"]
print(json.dumps(sorted(image["imageDigest"] for image in images)))
