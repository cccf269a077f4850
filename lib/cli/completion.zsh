
# Offers words, given as "text:about". Of key=value the key alone is offered until it is written.
_mlps_words() {
    local kind=$1
    shift
    local -a words=("$@")
    if [[ $PREFIX == *=* ]]; then
        words=(${(M)words:#[^:=]#=[^:]*})
        _describe -t $kind $kind words
    else
        local -a keys=(${(M)words:#[^:=]#=(|:*)}) rest=(${words:#[^:=]#=*})
        local ret=1
        (( $#keys )) && _describe -t $kind $kind keys -S '' && ret=0
        (( $#rest )) && _describe -t $kind $kind rest && ret=0
        return ret
    fi
}

if [[ ${funcstack[1]} == _mlps ]]; then
    _mlps "$@" # loaded from a folder of $fpath
else
    compdef _mlps mlps
fi
