#!/usr/bin/env bash
docker run --env-file container.env vision:latest
