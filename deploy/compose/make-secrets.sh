#!/bin/sh
# Makes the secrets that compose.yaml reads, in secrets/ or the folder that is named. What is there already stays as
# it is, so that it can be run again.
set -eu

folder=${1:-secrets}
# The user of the container, who has to read troupe.env.
reader=1000

umask 077
mkdir -p "$folder"

hex() { head -c "$1" /dev/urandom | od -An -v -tx1 | tr -d ' \n'; }
base64_key() { head -c 32 /dev/urandom | base64 | tr -d '\n'; }

for name in postgres_password grafana_password; do
  file=$folder/$name
  [ -e "$file" ] && continue
  hex 24 >"$file"
  # Other users read these in their containers; on this machine the folder keeps them out.
  chmod 444 "$file"
  echo "made $file"
done

settings=$folder/troupe.env
if [ ! -e "$settings" ]; then
  cat >"$settings" <<END
# Settings of the host that are secret; .env.example explains them all.
# Keep a copy of SECRET_KEY elsewhere: without it, tokens and keys in the database are lost.
SECRET_KEY=$(base64_key)
DATABASE_URL=postgresql://troupe:$(cat "$folder/postgres_password")@postgres:5432/troupe
#OPENAI_API_KEY=
#ANTHROPIC_API_KEY=
END
  echo "made $settings: add the keys of your providers"
fi

if [ "$(id -u)" = 0 ]; then
  chown "$reader" "$settings"
elif [ "$(id -u)" != "$reader" ]; then
  echo "On Linux the container's user has to be able to read it: sudo chown $reader $settings"
fi
