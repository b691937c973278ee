# SPDX-License-Identifier: MIT
# Completion of dctx(1) for bash: what each command's --help lists.

# Words as the shell has them: readline parts them at = as well.
_dctx_words()
{
	local line i word

	words=("${COMP_WORDS[0]}")
	line=${COMP_LINE#*"$words"}
	for ((i = 1; i <= COMP_CWORD; i++)); do
		word=${COMP_WORDS[i]}
		if [ "$line" = "${line#[[:space:]]}" ]; then
			words[${#words[@]} - 1]+=$word
		else
			line=${line#"${line%%[![:space:]]*}"}
			words+=("$word")
		fi
		line=${line#"$word"}
	done
}

# What dctx exec takes there: an option, a value, the command or words of it.
_dctx_exec_place()
{
	local i

	for ((i = 2; i < last; i++)); do
		case ${words[i]} in
		--timeout | --grace | --set | --scope) i=$((i + 1)) ;;
		--) break ;;
		-*) ;;
		*) break ;;
		esac
	done
	case ${words[last]} in
	--*=*) place=value ;;
	-*) place=option ;;
	*) place=command ;;
	esac
	if [ "$i" -gt "$last" ]; then
		place=value
	elif [ "$i" -lt "$last" ]; then
		place=command
	fi
}

# One of a list, or one more.
_dctx_formats()
{
	local before=

	case $1 in
	*,*) before=${1%,*}, ;;
	--*=*) before=${1%%=*}= ;;
	esac
	COMPREPLY=($(compgen -P "$before" -W "w3c baggage b3 b3m jaeger \
		grpc-timeout x-dctx x-dctx-bin" -- "${1#"$before"}"))
}

_dctx()
{
	local words last place=other option

	_dctx_words
	last=$((${#words[@]} - 1))
	COMPREPLY=()
	if [ "$last" = 1 ]; then
		COMPREPLY=($(compgen -W "--help --version $(dctx --help |
			sed -n 's/^  \([a-z][a-z]*\)  .*/\1/p')" -- "$2"))
		return
	fi
	[ "${words[1]}" = exec ] && _dctx_exec_place
	case $place in
	value) return ;;
	command)
		COMPREPLY=($(compgen -c -f -- "$2"))
		return
		;;
	esac
	case ${words[last]} in
	--*=*) option=${words[last]%%=*} ;;
	*) option=${words[last - 1]} ;;
	esac
	case $option in
	--from | --to | --format | -f | -t)
		_dctx_formats "$2"
		return
		;;
	esac
	case ${words[last]} in
	-*)
		COMPREPLY=($(compgen -W "$(dctx "${words[1]}" --help \
			2>/dev/null | grep -o -e '--[a-z][a-z0-9-]*' |
			sort -u)" -- "$2"))
		;;
	*) COMPREPLY=($(compgen -f -- "$2")) ;;
	esac
}
complete -o filenames -F _dctx dctx
