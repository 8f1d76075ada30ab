# shellcheck shell=bash
# is_whole FILE: whether a file of a result has its end; for scripts that interrupt those who write it.
is_whole() {
  case $1 in
  *.gz) gzip -t "$1" ;;
  *.json) [[ $(tail -c 2 "$1") == *"}"* ]] ;;
  *.html) [[ $(tail -c 16 "$1") == *"</html>"* ]] ;;
  *.jpg) [[ $(tail -c 2 "$1" | od -An -tx1) == " ff d9" ]] ;;
  *.csv) [[ $(tail -c 1 "$1" | od -An -tx1) == " 0a" ]] ;;
  *) false ;;
  esac 2>/dev/null
}
