# SPDX-License-Identifier: MIT
# Completion of dctx(1) for bash: what each command's --help lists.
_dctx()
{
	local word=${COMP_WORDS[COMP_CWORD]} command=${COMP_WORDS[1]} i

	if [ "$COMP_CWORD" = 1 ]; then
		COMPREPLY=($(compgen -W "--help --version $(dctx --help |
			sed -n 's/^  \([a-z][a-z]*\)  .*/\1/p')" -- "$word"))
		return
	fi
	if [ "$command" = exec ]; then
		for ((i = 2; i < COMP_CWORD; i++)); do
			case ${COMP_WORDS[i]} in
			--) i=$((i + 1)) && break ;;
			--timeout | --grace | --set | --scope) i=$((i + 1)) ;;
			-*) ;;
			*) break ;;
			esac
		done
		if [ "$i" -lt "$COMP_CWORD" ] || [ "${word#-}" = "$word" ]; then
			COMPREPLY=($(compgen -c -f -- "$word"))
			return
		fi
	fi
	case $word in
	-*)
		COMPREPLY=($(compgen -W "$(dctx "$command" --help |
			grep -o -e '--[a-z][a-z-]*' | sort -u)" -- "$word"))
		;;
	*) COMPREPLY=($(compgen -f -- "$word")) ;;
	esac
}
complete -o filenames -F _dctx dctx
