from bifocal.front.cli import main

main()
